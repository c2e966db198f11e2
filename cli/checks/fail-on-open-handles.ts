import { setTimeout as pause } from "node:timers/promises";
import { afterAll } from "vitest";

// Vitest ends its workers whatever they still hold, so a forgotten consumer, pool or server would pass unseen here and
// keep a real process from stopping. Idle keep-alive sockets are unreferenced and do not count.
const leaks = new Set(["TCPSocketWrap", "TCPServerWrap", "ProcessWrap"]);
const graceMs = 2_000;

function openHandles(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => leaks.has(kind));
}

// Set-up files register first and hooks after all tests run in reverse order, so this one sees what the others left.
afterAll(async () => {
  const giveUpAt = Date.now() + graceMs;
  while (openHandles().length > 0 && Date.now() < giveUpAt) await pause(50);
  const left = openHandles();
  if (left.length > 0) throw new Error(`The tests of this file left open: ${left.join(", ")}. Stop what they start.`);
});
