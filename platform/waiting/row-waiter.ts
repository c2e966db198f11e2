/**
 * Requests that wait for a row to appear or to change: a replica that lags, a decision that is being made elsewhere, the next
 * line of a history. Woken after commits of this process; a poll of the same table is the net, so it also works when another
 * instance committed the change.
 *
 * Guarantees: one query at a time, however many wait; a row that satisfies is seen within one poll (50 ms) of its commit.
 * Does not hold anything: no lock, no connection while waiting.
 */
export interface RowWaiter<R> {
  /**
   * The row of `id` as soon as `until` accepts it (at once when it already does), or undefined when `timeoutMs` have
   * passed, the signal was aborted or the waiter was stopped.
   */
  wait(
    id: string,
    options: { until(row: R): boolean; timeoutMs: number; signal?: AbortSignal },
  ): Promise<R | undefined>;
  /** Call after a commit that may have changed rows somebody waits for. */
  wake(): void;
  stop(): void;
}

export interface RowWaiterOptions<R> {
  /** Reads the rows of all ids in one query; ids without a row are absent from the map. */
  read(ids: readonly string[]): Promise<ReadonlyMap<string, R>>;
  readonly pollMs?: number;
  /** A read failed: the waiting requests go on waiting. */
  readonly onError: (error: unknown) => void;
}

interface Waiting<R> {
  readonly id: string;
  readonly until: (row: R) => boolean;
  readonly settle: (row: R | undefined) => void;
}

const POLL_MS = 50;
// Commits come faster than anybody needs to be told; one query then serves them all.
const PACE_MS = 5;

export function createRowWaiter<R>(options: RowWaiterOptions<R>): RowWaiter<R> {
  const { pollMs = POLL_MS } = options;
  const waiting = new Set<Waiting<R>>();
  let timer: NodeJS.Timeout | undefined;
  let looking = false;
  let lookAgain = false;
  let lookedAt = -Infinity;

  async function look(): Promise<void> {
    if (looking) {
      lookAgain = true;
      return;
    }
    looking = true;
    lookedAt = performance.now();
    clearTimeout(timer);
    try {
      const found = await options.read([...new Set([...waiting].map(({ id }) => id))]);
      for (const entry of waiting) {
        const row = found.get(entry.id);
        if (row !== undefined && entry.until(row)) entry.settle(row);
      }
    } catch (error) {
      options.onError(error);
    }
    looking = false;
    if (waiting.size === 0) return;
    timer = setTimeout(() => void look(), lookAgain ? PACE_MS : pollMs);
    lookAgain = false;
  }

  return {
    wait(id, { until, timeoutMs, signal }) {
      return new Promise((resolve) => {
        const settle = (row: R | undefined): void => {
          clearTimeout(deadline);
          signal?.removeEventListener("abort", onAbort);
          waiting.delete(entry);
          resolve(row);
        };
        const onAbort = (): void => settle(undefined);
        const entry: Waiting<R> = { id, until, settle };
        const deadline = setTimeout(() => settle(undefined), timeoutMs);
        if (signal?.aborted) return settle(undefined);
        signal?.addEventListener("abort", onAbort);
        waiting.add(entry);
        void look();
      });
    },
    wake() {
      if (waiting.size === 0 || looking) {
        lookAgain ||= looking;
        return;
      }
      const rest = PACE_MS - (performance.now() - lookedAt);
      clearTimeout(timer);
      if (rest <= 0) void look();
      else timer = setTimeout(() => void look(), rest);
    },
    stop() {
      clearTimeout(timer);
      for (const entry of waiting) entry.settle(undefined);
    },
  };
}
