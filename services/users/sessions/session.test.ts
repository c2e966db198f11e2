import { describe, expect, it } from "vitest";
import { judgeRefresh, type Session } from "./session.ts";

const at = (seconds: number): Date => new Date(seconds * 1000);
const aSession = (change: Partial<Session> = {}): Session => ({
  sessionId: "1",
  userId: "2",
  seed: Buffer.alloc(16),
  generation: 3,
  repeated: false,
  tokenAt: at(100),
  expiresAt: at(10_000),
  endedAt: null,
  ...change,
});

describe("judge a refresh", () => {
  it.each([
    { what: "the newest token", session: aSession(), generation: 3, seconds: 5_000, verdict: "rotate" },
    { what: "the one before, within ten seconds", session: aSession(), generation: 2, seconds: 110, verdict: "repeat" },
    { what: "the one before, later", session: aSession(), generation: 2, seconds: 111, verdict: "reuse" },
    {
      what: "the one before, a second time",
      session: aSession({ repeated: true }),
      generation: 2,
      seconds: 101,
      verdict: "reuse",
    },
    { what: "an older one", session: aSession(), generation: 1, seconds: 101, verdict: "reuse" },
    { what: "one that was never given out", session: aSession(), generation: 4, seconds: 101, verdict: "reuse" },
    {
      what: "any token after the end",
      session: aSession({ endedAt: at(50) }),
      generation: 3,
      seconds: 101,
      verdict: "over",
    },
    { what: "any token after 30 days", session: aSession(), generation: 3, seconds: 10_000, verdict: "over" },
  ])("$what", ({ session, generation, seconds, verdict }) => {
    expect(judgeRefresh(session, generation, at(seconds))).toBe(verdict);
  });
});
