import { inTransaction } from "#platform/database/database.ts";
import { sqlErrorKind } from "#platform/database/sql-errors.ts";
import type { Refusal } from "#platform/http/route.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { Contact, PersonalData } from "../personal-data.ts";
import { isNameTaken, lockAccount, updateContact } from "./account-store.ts";
import { ACCOUNT_EXISTS, contactNames, hasOtherForms } from "./register-account.ts";
import { type UserView, userView } from "./user-view.ts";

export interface ContactChange {
  /** null removes it; undefined leaves it as it is. */
  readonly phone?: Contact["phone"] | undefined;
  readonly email?: Contact["email"] | undefined;
}

/** Publishes nothing: what others may know of a user does not change. */
export async function updateProfile(
  { db, personalData }: Pick<Backbone, "db"> & { personalData: PersonalData },
  userId: string,
  change: ContactChange,
): Promise<UserView | Refusal | undefined> {
  try {
    return await inTransaction(db, async (trx) => {
      const account = await lockAccount(trx, userId);
      if (account === undefined) return undefined;
      const known = personalData.openContact(account.owner, account);
      const contact: Contact = {
        phone: change.phone === undefined ? known.phone : change.phone,
        email: change.email === undefined ? known.email : change.email,
      };
      const names = contactNames(personalData, contact);
      if (hasOtherForms(names) && (await isNameTaken(trx, userId, names))) return ACCOUNT_EXISTS;
      await updateContact(trx, userId, personalData.sealContact(account.owner, contact));
      return userView(account, contact);
    });
  } catch (error) {
    if (sqlErrorKind(error) === "duplicate") return ACCOUNT_EXISTS;
    throw error;
  }
}
