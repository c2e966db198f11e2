/** Keeps something connected that may not be there at the start and may go away: tries again in the background, for ever. */
import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "../errors/app-error.ts";
import type { Logger } from "../logging/logger.ts";

export interface Connection {
  /** `lastCode`: code of the last failure, if it had one. */
  state(): { readonly up: boolean; readonly lastCode: string | undefined };
  /** The connection has ended by itself. */
  lost(error: unknown): void;
  /** Ends the tries, waits for the one under way and disconnects. */
  stop(): Promise<void>;
}

const PAUSE_MS = { first: 200, last: 5_000 };

/** Starts trying at once. `connect` may leave half of its work behind when it rejects: `disconnect` clears it up. */
export function keepConnected(options: {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  readonly log: Logger;
}): Connection {
  const { connect, disconnect, log } = options;
  let up = false;
  let lastCode: string | undefined;
  let lostWhileConnecting: { error: unknown } | undefined;
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;

  async function clearUp(): Promise<void> {
    await disconnect().catch((error: unknown) => log.debug({ err: error }, "consumer: what had failed did not stop"));
  }

  async function connectOnce(): Promise<void> {
    lostWhileConnecting = undefined;
    await connect();
    if (lostWhileConnecting) throw (lostWhileConnecting as { error: unknown }).error as Error;
  }

  async function connectUntilUp(): Promise<void> {
    for (let attempt = 0; !isStopping(); attempt += 1) {
      try {
        await connectOnce();
        up = true;
        return;
      } catch (error) {
        lastCode = error instanceof AppError ? error.code : undefined;
        log.warn({ err: error }, "consumer: not started, trying again");
        await clearUp();
        const ms = Math.min(PAUSE_MS.first * 2 ** attempt, PAUSE_MS.last);
        await delay(ms, undefined, { signal: stopping.signal }).catch(() => undefined); // stopping: no need to wait
      }
    }
  }

  let trying = connectUntilUp();
  return {
    state: () => ({ up, lastCode }),
    lost(error) {
      if (isStopping()) return;
      if (!up) {
        lostWhileConnecting ??= { error };
        return;
      }
      up = false;
      lastCode = error instanceof AppError ? error.code : undefined;
      log.warn({ err: error }, "consumer: ended, starting it again");
      trying = clearUp().then(connectUntilUp);
    },
    async stop() {
      stopping.abort();
      await trying;
      await disconnect();
    },
  };
}
