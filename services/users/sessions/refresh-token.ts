/**
 * Refresh tokens: `r1.<session>.<generation>.<keyed hash>`. Nothing of a token is stored: its hash is made of the
 * session's seed and a key that is not in the database. So a read database gives nobody a token, every token of a family
 * can be told from an invented one, and the successor of a token can be handed out a second time.
 */
import { timingSafeEqual } from "node:crypto";
import { createBlindIndex } from "#platform/security/blind-index.ts";

export interface PresentedToken {
  readonly sessionId: string;
  readonly generation: number;
  readonly hash: Buffer;
}

export interface RefreshTokens {
  make(family: { sessionId: string; seed: Buffer }, generation: number): string;
  /** True when this service made the token, however long ago. */
  isGenuine(token: PresentedToken, seed: Buffer): boolean;
}

const FORM = /^r1\.([1-9][0-9]{0,18})\.([1-9][0-9]{0,8})\.([\w-]{43})$/;

export function createRefreshTokens(key: Buffer): RefreshTokens {
  const keyedHash = createBlindIndex(key);
  const hashOf = (sessionId: string, generation: number, seed: Buffer): Buffer =>
    keyedHash("ums_session.token", `${sessionId}.${generation}.${seed.toString("hex")}`);
  return {
    make: ({ sessionId, seed }, generation) =>
      `r1.${sessionId}.${generation}.${hashOf(sessionId, generation, seed).toString("base64url")}`,
    isGenuine: ({ sessionId, generation, hash }, seed) => timingSafeEqual(hash, hashOf(sessionId, generation, seed)),
  };
}

/** The parts of a token that has the right form; whether it is genuine only its session can tell. */
export function readRefreshToken(text: string): PresentedToken | undefined {
  const [, sessionId, generation, hash] = FORM.exec(text) ?? [];
  if (sessionId === undefined || generation === undefined || hash === undefined) return undefined;
  return { sessionId, generation: Number(generation), hash: Buffer.from(hash, "base64url") };
}
