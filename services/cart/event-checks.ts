/** What an event must say to be believed at all: whoever can write to a topic can write nonsense. */
import { AppError } from "#platform/errors/app-error.ts";

const ID = /^[1-9][0-9]{0,18}$/;
const CURRENCY = /^[A-Z]{3}$/;
const MAX_UNITS = 1_000_000;

/** An event that says what cannot be: it is parked as poison, whoever wrote it. */
export function eventInvalid(what: string): AppError {
  return new AppError({ code: "EVENT_INVALID", message: what, retry: "never" });
}

/** Text that is no id names no row; compared with a number column it would make the database read, and lock, all of them. */
export function isId(text: string): boolean {
  return ID.test(text);
}

/** The event must be about the aggregate that its key names. */
export function requireKey(id: string, key: string): void {
  if (!isId(key)) throw eventInvalid("the key is no id");
  if (id !== key) throw eventInvalid("the key names something else");
}

export function requireUnits(quantity: number): void {
  if (!(quantity >= 1 && quantity <= MAX_UNITS)) throw eventInvalid("the quantity is none");
}

/** A whole amount of minor units, not negative, in an ISO currency. */
export function requireMoney(cents: number, currency: string): void {
  if (!Number.isSafeInteger(cents) || cents < 0) throw eventInvalid("the amount is none");
  if (!CURRENCY.test(currency)) throw eventInvalid("the currency is none");
}
