import { inTransaction } from "#platform/database/database.ts";
import type { Refusal } from "#platform/http/route.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { Passwords } from "#platform/security/passwords.ts";
import type { PersonalData } from "../personal-data.ts";
import type { Revocations } from "../sessions/session-revocations.ts";
import { endSessionsOfUser } from "../sessions/session-store.ts";
import { findAccount, replacePasswordHash } from "./account-store.ts";
import { INVALID_CREDENTIALS } from "./log-in.ts";
import { type UserView, userView } from "./user-view.ts";

export interface ChangePasswordDeps extends Pick<Backbone, "db"> {
  readonly passwords: Passwords;
  readonly personalData: PersonalData;
  readonly revocations: Revocations;
}

/** Ends all sessions of the user, this one included: whoever holds an old token is out. */
export async function changePassword(
  { db, passwords, personalData, revocations }: ChangePasswordDeps,
  userId: string,
  { currentPassword, newPassword }: { currentPassword: string; newPassword: string },
): Promise<UserView | Refusal | undefined> {
  const account = await findAccount(db, userId);
  if (account === undefined) return undefined;
  if (!(await passwords.verifyPassword(account.passwordHash, currentPassword))) return INVALID_CREDENTIALS;
  const change = { userId, from: account.passwordHash, to: await passwords.hashPassword(newPassword) };
  const ended = await inTransaction(db, async (trx) => {
    // The account's row first: a log-in that verified the old password holds it until its session is there to be ended.
    if (!(await replacePasswordHash(trx, change))) return undefined;
    return endSessionsOfUser(trx, userId);
  });
  if (ended === undefined) return INVALID_CREDENTIALS;
  await revocations.revoke(ended);
  return userView(account, personalData.openContact(account.owner, account));
}
