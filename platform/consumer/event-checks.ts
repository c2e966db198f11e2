/** What an event must say to be believed at all: whoever can write to a topic can write nonsense. */
import { AppError } from "../errors/app-error.ts";

const ID = /^[1-9][0-9]{0,18}$/;
const CURRENCY = /^[A-Z]{3}$/;
const FAR_OFF_MS = Date.UTC(9999, 0, 1);

/** An event that says what cannot be: it is parked as poison, whoever wrote it. */
export function eventInvalid(what: string): AppError {
  return new AppError({ code: "EVENT_INVALID", message: what, retry: "never" });
}

/** Text that is no id names no row; compared with a number column it would make the database read, and lock, all of them. */
export function isId(text: string): boolean {
  return ID.test(text);
}

export function requireId(id: string, name: string): void {
  if (!isId(id)) throw eventInvalid(`${name} is no id`);
}

/** The event must be about the aggregate that its key names. */
export function requireKey(id: string, key: string): void {
  requireId(key, "the key");
  if (id !== key) throw eventInvalid("the key names something else");
}

/** A whole amount of minor units, not negative, in an ISO currency. */
export function requireMoney(cents: number, currency: string): void {
  if (!Number.isSafeInteger(cents) || cents < 0) throw eventInvalid("the amount is none");
  if (!CURRENCY.test(currency)) throw eventInvalid("the currency is none");
}

/** Milliseconds since the epoch that a table can hold. */
export function requireTime(ms: number, name: string): void {
  if (!(ms > 0 && ms < FAR_OFF_MS)) throw eventInvalid(`${name} is no time`);
}
