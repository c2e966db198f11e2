import { inTransaction } from "#platform/database/database.ts";
import type { Client } from "../client-of.ts";
import { readRefreshToken } from "./refresh-token.ts";
import type { RefreshDeps } from "./refresh-session.ts";
import { endSession, lockSession } from "./session-store.ts";

/** Ends the session of any token of its family, used or not; false when the token is not ours. */
export async function logOut(
  { db, refreshTokens, revocations, securityLog }: Omit<RefreshDeps, "signer">,
  refreshToken: string,
  client: Client,
): Promise<boolean> {
  const token = readRefreshToken(refreshToken);
  if (token === undefined) return false;
  const ended = await inTransaction(db, async (trx) => {
    const found = await lockSession(trx, token.sessionId);
    if (found === undefined || !refreshTokens.isGenuine(token, found.session.seed)) return false;
    await endSession(trx, token.sessionId, "LOGOUT");
    return true;
  });
  if (!ended) return false;
  await revocations.revoke([token.sessionId]);
  securityLog("session-ended", { ...client, sessionId: token.sessionId });
  return true;
}
