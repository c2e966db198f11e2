import { randomBytes } from "node:crypto";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { TokenSigner } from "#platform/security/access-token.ts";
import type { StoredAccount } from "../accounts/account-store.ts";
import type { RefreshTokens } from "./refresh-token.ts";
import { insertSession } from "./session-store.ts";

export interface SessionTokens {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  readonly refreshToken: string;
}

export interface StartSessionDeps extends Pick<Backbone, "db"> {
  readonly signer: TokenSigner;
  readonly refreshTokens: RefreshTokens;
  newId(): string;
}

/** A new family of tokens for 30 days; undefined when the account changed since its password was verified. */
export async function startSession(
  { db, signer, refreshTokens, newId }: StartSessionDeps,
  { userId, roles, passwordHash }: StoredAccount,
): Promise<SessionTokens | undefined> {
  const sessionId = newId();
  const seed = randomBytes(16);
  if (!(await insertSession(db, { sessionId, seed, userId, passwordHash }))) return undefined;
  return {
    accessToken: await signer.sign({ userId, sid: sessionId, roles }),
    expiresInSeconds: signer.expiresInSeconds,
    refreshToken: refreshTokens.make({ sessionId, seed }, 1),
  };
}
