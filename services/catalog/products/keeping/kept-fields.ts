/** Pieces of the schemas of what the merchant keeps, the same for routes and for files. */
import { z } from "zod";
import { idText, trimmedText } from "#platform/http/fields.ts";
import type { Answer, Refusal } from "#platform/http/route.ts";

export const MAX_PRICE_CENTS = 100_000_000_000;
const MAX_UNITS = 1_000_000;
const MAX_ATTRIBUTES = 20;

/** A code of the merchant, for products and SKUs. */
export const code = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/, "must be 1 to 64 letters, digits and . _ / -, a letter or digit first");
export const name = trimmedText(200);
export const priceCents = z.int().min(0).max(MAX_PRICE_CENTS);
export const threshold = z.int().min(0).max(MAX_UNITS);
export const units = z.int().min(0).max(MAX_UNITS);
export const sort = z.int().min(-1_000_000).max(1_000_000);
export const attributes = z
  .record(trimmedText(40), trimmedText(100))
  .refine((given) => Object.keys(given).length <= MAX_ATTRIBUTES, `must be at most ${MAX_ATTRIBUTES}`);
export const attributeName = trimmedText(40);

const UNPRINTABLE_BUT_LINES = /[^\P{Cc}\n\t]|[\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/u;
// For the API document, which cannot see what a function refuses. CRLF is taken, too; a pattern that said so has two
// branches, at which generators of requests get stuck.
const PRINTABLE_LINES =
  "^[^\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\ufeff]*$";
/** Text of several lines, at most 5,000 characters. */
export const description = z
  .string()
  .max(20_000)
  .transform((text) => text.replaceAll("\r\n", "\n"))
  .refine((text) => !UNPRINTABLE_BUT_LINES.test(text), "must not have control characters")
  .transform((text) => text.normalize("NFC").trim())
  .pipe(z.string().max(5_000))
  .meta({ maxLength: 5_000, pattern: PRINTABLE_LINES });

export const nextCursor = z.string().nullable();
export const kept = { access: "merchant", tag: "catalogue keeping" } as const;
export const productParams = z.strictObject({ productId: idText });

/** A status with what is kept, or the refusal. */
export function answer<T extends object>(
  status: number,
  outcome: T | Refusal,
  view: (kept: T) => unknown,
): Answer | Refusal {
  return "refused" in outcome ? outcome : { status, body: view(outcome) };
}
