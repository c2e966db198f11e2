import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startProgress } from "./progress.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function aStepOf(durationMs: number): { lines: string[]; done: Promise<unknown> } {
  const lines: string[] = [];
  const progress = startProgress((line) => lines.push(line.trim()));
  return { lines, done: progress.step("work", () => new Promise((resolve) => setTimeout(resolve, durationMs))) };
}

describe("progress of a step", () => {
  test("shows that it still lasts after one second, and then every two", async () => {
    const { lines, done } = aStepOf(3_500);
    await vi.advanceTimersByTimeAsync(999);
    expect(lines).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(lines).toEqual(["1.0 s  … work, 1.0 s"]);
    await vi.advanceTimersByTimeAsync(2_500);
    await done;
    expect(lines.slice(1)).toEqual(["3.0 s  … work, 3.0 s", "3.5 s  work: 3.5 s"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is one line when it is quick", async () => {
    const { lines, done } = aStepOf(500);
    await vi.advanceTimersByTimeAsync(5_000);
    await done;
    expect(lines).toEqual(["0.5 s  work: 0.5 s"]);
  });
});
