/** Waiting in tests: no sleeps, and a failure that says what was last seen. */
import { setTimeout as delay } from "node:timers/promises";

/**
 * Calls `probe` until it returns something other than undefined or false, every 20 ms. Rejects after `withinMs` (10 s when
 * absent) with the last thing seen or thrown.
 */
export async function eventually<T>(
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  options: { withinMs?: number; what?: string } = {},
): Promise<T> {
  const { withinMs = 10_000, what = "the condition" } = options;
  const deadline = performance.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const seen = await probe();
      if (seen !== undefined && seen !== false) return seen;
      last = seen;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) {
      const seen = last instanceof Error ? last.message : JSON.stringify(last);
      throw new Error(`${what} did not come within ${withinMs} ms; last seen: ${seen}`, { cause: last });
    }
    await delay(20);
  }
}
