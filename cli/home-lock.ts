import { setTimeout as sleep } from "node:timers/promises";
import { type Release, tryLock } from "#platform/stack/processes/kernel-lock.ts";

/**
 * Held by a command while it brings up the stack of a home, and by one that deletes it: the first has the secrets in memory that the second
 * would delete. Undefined when another command still holds it after `patienceMs`.
 */
export async function lockHome(home: string, patienceMs = 0): Promise<Release | undefined> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const release = await tryLock(`up of ${home}`);
    if (release !== undefined || Date.now() >= until) return release;
    await sleep(50);
  }
}
