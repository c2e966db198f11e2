import type { Refusal } from "#platform/http/route.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { SecurityLog } from "#platform/logging/security-log.ts";
import type { Passwords } from "#platform/security/passwords.ts";
import type { Client } from "../client-of.ts";
import type { PersonalData } from "../personal-data.ts";
import { type SessionTokens, startSession, type StartSessionDeps } from "../sessions/start-session.ts";
import { type LoginName, loginNameKind, usernameKey } from "./account.ts";
import { findByLoginName } from "./account-store.ts";
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
  const place = placeOf(deps.personalData, username);
  const name = `${place.kind}:${place.key.toString("hex")}`;
  const outcome = await loginLimits.guard({ name, ...client }, () => verify(deps, place, { password, client }));
  if (outcome !== undefined && "refused" in outcome) securityLog("login-limited", { ...client });
  return outcome ?? INVALID_CREDENTIALS;
}

interface Place {
  readonly kind: LoginName;
  readonly key: Buffer;
}

async function verify(
  deps: LogInDeps,
  place: Place,
  { password, client }: { password: string; client: Client },
): Promise<SessionTokens | undefined> {
  const { db, passwords, securityLog } = deps;
  const key = place.kind === "username" ? place.key.toString() : place.key;
  const account = await findByLoginName(db, place.kind, key);
  const isRight =
    account === undefined
      ? await passwords.dummyVerify(password)
      : await passwords.verifyPassword(account.passwordHash, password);
  const userId = account?.userId;
  const tokens = account !== undefined && isRight ? await startSession(deps, account) : undefined;
  securityLog(tokens === undefined ? "login-refused" : "login-succeeded", { ...client, userId });
  return tokens;
}

/** Where a name is looked up. */
function placeOf(personalData: PersonalData, name: string): Place {
  const kind = loginNameKind(name);
  switch (kind) {
    case "username":
      return { kind, key: Buffer.from(usernameKey(name)) };
    case "phone":
      return { kind, key: personalData.phoneIndex(name) };
    case "email":
      return { kind, key: personalData.emailIndex(name) };
  }
}
