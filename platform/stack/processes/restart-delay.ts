/**
 * How long to wait before a dead process is started again. The first restart is nearly immediate, because most deaths are single;
 * then the wait doubles, so that a process that cannot start does not eat the machine.
 */
export const restartDelay = { firstMs: 100, longestMs: 5_000, forgetAfterMs: 10_000 };

/** `failures`: deaths in a row so far, this one included (≥ 1). */
export function restartDelayMs(failures: number): number {
  return Math.min(restartDelay.firstMs * 2 ** (failures - 1), restartDelay.longestMs);
}

/** A process that ran long enough was healthy: its next death counts as the first. */
export function failuresAfterDeath(failuresBefore: number, ranMs: number): number {
  return ranMs >= restartDelay.forgetAfterMs ? 1 : failuresBefore + 1;
}
