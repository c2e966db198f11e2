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

/** `otherKey`: the other of the two keys while one is replaced; tokens made with it are ours as well. */
export function createRefreshTokens(key: Buffer, otherKey?: Buffer): RefreshTokens {
  const inUse = createBlindIndex(key);
  const known = otherKey === undefined ? [inUse] : [inUse, createBlindIndex(otherKey)];
  const label = "ums_session.token";
  const textOf = (sessionId: string, generation: number, seed: Buffer): string =>
    `${sessionId}.${generation}.${seed.toString("hex")}`;
  return {
    make: ({ sessionId, seed }, generation) =>
      `r1.${sessionId}.${generation}.${inUse(label, textOf(sessionId, generation, seed)).toString("base64url")}`,
    isGenuine({ sessionId, generation, hash }, seed) {
      const text = textOf(sessionId, generation, seed);
      return known.some((keyedHash) => timingSafeEqual(hash, keyedHash(label, text)));
    },
  };
}

/** The parts of a token that has the right form; whether it is genuine only its session can tell. */
export function readRefreshToken(text: string): PresentedToken | undefined {
  const [, sessionId, generation, hash] = FORM.exec(text) ?? [];
  if (sessionId === undefined || generation === undefined || hash === undefined) return undefined;
  return { sessionId, generation: Number(generation), hash: Buffer.from(hash, "base64url") };
}
