/** A session is a family of refresh tokens: each is used once and replaced by its successor until the family ends. */

export interface Session {
  readonly sessionId: string;
  readonly userId: string;
  /** Random, 16 bytes; makes the tokens of this family. */
  readonly seed: Buffer;
  /** Number of the newest token, from 1. */
  readonly generation: number;
  /** Whether the newest token was already handed out a second time. */
  readonly repeated: boolean;
  /** When tokens were last handed out. */
  readonly tokenAt: Date;
  readonly expiresAt: Date;
  readonly endedAt: Date | null;
}

const REPEAT_WINDOW_MS = 10_000;

export type RefreshVerdict = "rotate" | "repeat" | "reuse" | "over";

/**
 * What presenting the token of `generation` means. `repeat`: the answer to its first use may have been lost, so it is
 * answered once more with the same successor. `reuse`: two parties hold one token, and nobody knows which is the thief.
 */
export function judgeRefresh(session: Session, generation: number, now: Date): RefreshVerdict {
  if (session.endedAt !== null || session.expiresAt <= now) return "over";
  if (generation === session.generation) return "rotate";
  const isFresh = now.getTime() - session.tokenAt.getTime() <= REPEAT_WINDOW_MS;
  return generation === session.generation - 1 && !session.repeated && isFresh ? "repeat" : "reuse";
}
