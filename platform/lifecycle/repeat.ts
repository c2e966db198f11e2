import { setTimeout as delay } from "node:timers/promises";

/** Runs `work` again and again with a pause of `everyMs` between, never twice at a time, until stopped. */
export function repeat(
  everyMs: number,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): { stop(): Promise<void> } {
  const controller = new AbortController();
  async function loop(): Promise<void> {
    while (!controller.signal.aborted) {
      await delay(everyMs, undefined, { signal: controller.signal }).catch(() => undefined); // aborted: the loop ends
      if (!controller.signal.aborted) await work().catch(onError);
    }
  }
  const running = loop();
  return {
    async stop() {
      controller.abort();
      await running;
    },
  };
}
