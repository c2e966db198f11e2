import { describe, expect, it } from "vitest";
import { loginDelayMs } from "./login-delay.ts";

describe("the delay of a log-in", () => {
  it.each([
    [0, 0],
    [10, 0],
    [11, 107],
    [20, 200],
    [30, 400],
    [60, 3_000],
    [1_000_000, 3_000],
  ])("after %i failures is %i ms", (failures, delayMs) => {
    expect(loginDelayMs(failures, 10)).toBe(delayMs);
  });
});
