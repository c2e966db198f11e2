const FIRST_MS = 100;
const DOUBLED_EVERY = 10;
const MOST_MS = 3_000;

/**
 * How long the next try for one account is held back, in milliseconds, after `failures` recent ones from all addresses.
 * It grows only beyond what one address alone may fail, and ends at 3 s: whoever knows the password always gets in.
 */
export function loginDelayMs(failures: number, failuresPerMinute: number): number {
  const beyond = failures - failuresPerMinute;
  return beyond <= 0 ? 0 : Math.min(MOST_MS, Math.round(FIRST_MS * 2 ** (beyond / DOUBLED_EVERY)));
}
