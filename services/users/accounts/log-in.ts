import type { Refusal } from "#platform/http/route.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { Passwords } from "#platform/security/passwords.ts";
import type { PersonalData } from "../personal-data.ts";
import { type SessionTokens, startSession, type StartSessionDeps } from "../sessions/start-session.ts";
import { loginNameKind, usernameKey } from "./account.ts";
import { findByLoginName, type StoredAccount } from "./account-store.ts";

export interface LogInDeps extends StartSessionDeps, Pick<Backbone, "db"> {
  readonly passwords: Passwords;
  readonly personalData: PersonalData;
}

export const INVALID_CREDENTIALS: Refusal = { refused: "INVALID_CREDENTIALS", status: 401 };

/** A new session for whoever knows the password; one answer, after the same work, whatever was wrong. */
export async function logIn(
  deps: LogInDeps,
  { username, password }: { username: string; password: string },
): Promise<SessionTokens | Refusal> {
  const account = await findBy(deps, username);
  const isRight =
    account === undefined
      ? await deps.passwords.dummyVerify(password)
      : await deps.passwords.verifyPassword(account.passwordHash, password);
  if (account === undefined || !isRight) return INVALID_CREDENTIALS;
  return (await startSession(deps, account)) ?? INVALID_CREDENTIALS;
}

function findBy({ db, personalData }: LogInDeps, name: string): Promise<StoredAccount | undefined> {
  const kind = loginNameKind(name);
  switch (kind) {
    case "username":
      return findByLoginName(db, kind, usernameKey(name));
    case "phone":
      return findByLoginName(db, kind, personalData.phoneIndex(name));
    case "email":
      return findByLoginName(db, kind, personalData.emailIndex(name));
  }
}
