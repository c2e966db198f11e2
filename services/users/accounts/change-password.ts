import { inTransaction } from "#platform/database/database.ts";
import type { Refusal } from "#platform/http/route.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { SecurityLog } from "#platform/logging/security-log.ts";
import type { Passwords } from "#platform/security/passwords.ts";
import type { Client } from "../client-of.ts";
import type { PersonalData } from "../personal-data.ts";
import type { Revocations } from "../sessions/session-revocations.ts";
import { endSessionsOfUser } from "../sessions/session-store.ts";
import { findAccount, replacePasswordHash } from "./account-store.ts";
import { INVALID_CREDENTIALS } from "./log-in.ts";
import type { LoginLimits } from "./login-limits.ts";
import { type UserView, userView } from "./user-view.ts";

export interface ChangePasswordDeps extends Pick<Backbone, "db"> {
  readonly passwords: Passwords;
  readonly personalData: PersonalData;
  readonly revocations: Revocations;
  readonly loginLimits: LoginLimits;
  readonly securityLog: SecurityLog;
}

export interface PasswordChange {
  readonly userId: string;
  readonly currentPassword: string;
  readonly newPassword: string;
}

/** Ends all sessions of the user, this one included: whoever holds an old token is out. */
export async function changePassword(
  deps: ChangePasswordDeps,
  { userId, currentPassword, newPassword }: PasswordChange,
  client: Client,
): Promise<UserView | Refusal | undefined> {
  const { db, passwords, personalData, revocations, loginLimits, securityLog } = deps;
  const account = await findAccount(db, userId);
  if (account === undefined) return undefined;
  // Guessing is limited here too: a stolen access token must not be a way to the password.
  const verified = await loginLimits.guard({ name: `user:${userId}`, ...client }, async () => {
    return (await passwords.verifyPassword(account.passwordHash, currentPassword)) ? account : undefined;
  });
  if (verified === undefined || "refused" in verified) {
    securityLog(verified === undefined ? "password-failed" : "login-limited", { ...client, userId });
    return verified ?? INVALID_CREDENTIALS;
  }
  const change = { userId, from: account.passwordHash, to: await passwords.hashPassword(newPassword) };
  const ended = await inTransaction(db, async (trx) => {
    // The account's row first: a log-in that verified the old password holds it until its session is there to be ended.
    if (!(await replacePasswordHash(trx, change))) return undefined;
    return endSessionsOfUser(trx, userId);
  });
  if (ended === undefined) return INVALID_CREDENTIALS;
  await revocations.revoke(ended);
  securityLog("password-changed", { ...client, userId });
  return userView(account, personalData.openContact(account.owner, account));
}
