import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { PersonalData } from "../personal-data.ts";
import { findAccount } from "./account-store.ts";
import { type UserView, userView } from "./user-view.ts";

/** The user's own profile, masked. */
export async function showProfile(
  { db, personalData }: Pick<Backbone, "db"> & { personalData: PersonalData },
  userId: string,
): Promise<UserView | undefined> {
  const account = await findAccount(db, userId);
  return account && userView(account, personalData.openContact(account.owner, account));
}
