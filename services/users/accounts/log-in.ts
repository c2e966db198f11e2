import type { Refusal } from "#platform/http/route.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { SecurityLog } from "#platform/logging/security-log.ts";
import type { Passwords } from "#platform/security/passwords.ts";
import type { Client } from "../client-of.ts";
import type { PersonalData } from "../personal-data.ts";
import { type SessionTokens, startSession, type StartSessionDeps } from "../sessions/start-session.ts";
import { loginNameKind, usernameKey } from "./account.ts";
import { findByLoginName, type LoginKey } from "./account-store.ts";
import type { LoginLimits } from "./login-limits.ts";

export interface LogInDeps extends StartSessionDeps, Pick<Backbone, "db"> {
  readonly passwords: Passwords;
  readonly personalData: PersonalData;
  readonly loginLimits: LoginLimits;
  readonly securityLog: SecurityLog;
}

export const INVALID_CREDENTIALS: Refusal = { refused: "INVALID_CREDENTIALS", status: 401 };

/** A new session for whoever knows the password; one answer, after the same work, whatever was wrong. */
export async function logIn(
  deps: LogInDeps,
  { username, password }: { username: string; password: string },
  client: Client,
): Promise<SessionTokens | Refusal> {
  const { loginLimits, securityLog } = deps;
  const name = keyOf(deps.personalData, username);
  const attempt = { name: `${name.kind}:${name.keys[0].toString("hex")}`, ...client };
  const outcome = await loginLimits.guard(attempt, () => verify(deps, name, { password, client }));
  if (outcome !== undefined && "refused" in outcome) securityLog("login-limited", { ...client });
  return outcome ?? INVALID_CREDENTIALS;
}

async function verify(
  deps: LogInDeps,
  name: LoginKey,
  { password, client }: { password: string; client: Client },
): Promise<SessionTokens | undefined> {
  const { db, passwords, securityLog } = deps;
  const account = await findByLoginName(db, name);
  const isRight =
    account === undefined
      ? await passwords.dummyVerify(password)
      : await passwords.verifyPassword(account.passwordHash, password);
  const userId = account?.userId;
  const tokens = account !== undefined && isRight ? await startSession(deps, account) : undefined;
  securityLog(tokens === undefined ? "login-failed" : "login-succeeded", { ...client, userId });
  return tokens;
}

function keyOf(personalData: PersonalData, name: string): LoginKey {
  const kind = loginNameKind(name);
  switch (kind) {
    case "username":
      return { kind, keys: [Buffer.from(usernameKey(name))] };
    case "phone":
      return { kind, keys: personalData.phoneIndex(name) };
    case "email":
      return { kind, keys: personalData.emailIndex(name) };
  }
}
