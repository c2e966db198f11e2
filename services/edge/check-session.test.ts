import { describe, expect, it } from "vitest";
import { createSessionCheck } from "./check-session.ts";

/** A check on a clock of its own; `ended` is what Redis knows. */
function aCheck() {
  const ended = new Set<string>();
  const state = { nowMs: 1, reads: 0 };
  const check = createSessionCheck({
    redis: {
      async mget(key: string) {
        state.reads += 1;
        return [ended.has(key) ? "1" : null, "1"];
      },
    } as never,
    askUsers: () => Promise.reject(new Error("users is away")),
    monotonicMs: () => state.nowMs,
  });
  return { check, ended, state };
}

describe("check a session", () => {
  it("refuses an ended one at most 30 s later, without asking each time", async () => {
    const { check, ended, state } = aCheck();
    expect(await check("7")).toBe(true);
    ended.add("revoked:7");
    state.nowMs += 29_000;
    expect(await check("7")).toBe(true);
    expect(state.reads).toBe(1);
    state.nowMs += 1_001;
    expect(await check("7")).toBe(false);
  });

  it("asks once for many at the same time", async () => {
    const { check, state } = aCheck();
    expect(await Promise.all([check("7"), check("7"), check("7")])).toEqual([true, true, true]);
    expect(state.reads).toBe(1);
  });
});
