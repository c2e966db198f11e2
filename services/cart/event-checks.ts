/** What an event about lines must say to be believed, beside what every event must. */
import { eventInvalid } from "#platform/consumer/event-checks.ts";

const MAX_UNITS = 1_000_000;

export function requireUnits(quantity: number): void {
  if (!(quantity >= 1 && quantity <= MAX_UNITS)) throw eventInvalid("the quantity is none");
}
