import { inTransaction } from "#platform/database/database.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { SecurityLog } from "#platform/logging/security-log.ts";
import type { TokenSigner } from "#platform/security/access-token.ts";
import { findAccount } from "../accounts/account-store.ts";
import type { Client } from "../client-of.ts";
import { readRefreshToken, type RefreshTokens } from "./refresh-token.ts";
import type { Revocations } from "./session-revocations.ts";
import { judgeRefresh, type Session } from "./session.ts";
import { endSession, lockSession, saveHandedOut } from "./session-store.ts";
import type { SessionTokens } from "./start-session.ts";

export interface RefreshDeps extends Pick<Backbone, "db"> {
  readonly signer: TokenSigner;
  readonly refreshTokens: RefreshTokens;
  readonly revocations: Revocations;
  readonly securityLog: SecurityLog;
}

/** New tokens for an unused refresh token; undefined for any other. A used one ends the whole session. */
export async function refreshSession(
  deps: RefreshDeps,
  refreshToken: string,
  client: Client,
): Promise<SessionTokens | undefined> {
  const token = readRefreshToken(refreshToken);
  if (token === undefined) return undefined;
  const { db, signer, refreshTokens, revocations } = deps;
  const outcome = await inTransaction(db, async (trx): Promise<Session | "reuse" | undefined> => {
    const found = await lockSession(trx, token.sessionId);
    if (found === undefined || !refreshTokens.isGenuine(token, found.session.seed)) return undefined;
    const { session, now } = found;
    const verdict = judgeRefresh(session, token.generation, now);
    if (verdict === "over") return undefined;
    if (verdict === "reuse") {
      await endSession(trx, session.sessionId, "REUSE");
      return "reuse";
    }
    const next = { ...session, generation: token.generation + 1, repeated: verdict === "repeat" };
    await saveHandedOut(trx, next, now);
    return next;
  });
  if (outcome === "reuse") {
    await revocations.revoke([token.sessionId]);
    deps.securityLog("refresh-reused", { ...client, sessionId: token.sessionId });
  }
  if (outcome === undefined || outcome === "reuse") return undefined;
  const account = await findAccount(db, outcome.userId);
  if (account?.status !== "ACTIVE") return undefined;
  const { sessionId, userId, generation } = outcome;
  return {
    accessToken: await signer.sign({ userId, sid: sessionId, roles: account.roles }),
    expiresInSeconds: signer.expiresInSeconds,
    refreshToken: refreshTokens.make(outcome, generation),
  };
}
