/**
 * Server-sent events. Writes no faster than the client reads, pings every 15 s so that a dead client is noticed, and
 * ends when the iterable ends, the client leaves or the service stops. Resuming is the handler's: `Last-Event-ID`.
 */
import type { ServerResponse } from "node:http";
import type { EventStream } from "./route.ts";

const PING_MS = 15_000;

/** Writes the whole stream; headers must be set. Rejects with what the iterable threw, after cutting the answer off. */
export async function writeEventStream(
  stream: EventStream,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const left = new Promise<"left">((resolve) => {
    if (signal.aborted) resolve("left");
    signal.addEventListener("abort", () => resolve("left"), { once: true });
  });
  response.flushHeaders();
  const ping = setInterval(() => response.write(": ping\n\n"), PING_MS);
  const iterator = stream.events[Symbol.asyncIterator]();
  try {
    for (;;) {
      // A handler that does not watch the signal must not keep the answer open.
      const next = await Promise.race([iterator.next(), left]);
      if (next === "left" || next.done) break;
      const { id, event, data } = next.value;
      const mayGoOn = response.write(`id: ${oneLine(id)}\nevent: ${oneLine(event)}\ndata: ${JSON.stringify(data)}\n\n`);
      if (!mayGoOn) await Promise.race([drained(response), left]);
    }
    response.end();
  } catch (error) {
    response.destroy();
    throw error;
  } finally {
    clearInterval(ping);
    // Not awaited: a generator that waits inside next() takes its return only when that wait is over.
    iterator.return?.().catch(() => undefined);
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => response.once("drain", resolve));
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]/g, "");
}
