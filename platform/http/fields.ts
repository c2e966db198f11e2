/** Pieces of schemas that every route uses, so that one thing has one form everywhere. Objects are `z.strictObject`. */
import { z } from "zod";

/** A 63-bit id as a decimal string. */
export const idText = z.string().regex(/^[1-9][0-9]{0,18}$/, "must be an id");

export const quantity = z.int().min(1).max(99);

/** Minor units of a currency; never negative. */
export const money = z.int().min(0);

/** RFC 3339 in UTC. */
export const timeText = z.iso.datetime();

// Cc and Cf but the joiners that scripts and emoji need, lone surrogates, line and paragraph separators.
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/u;

const VISIBLE = "[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\ufeff]";
// For the API document, which cannot see what a function refuses: some character there that is no blank.
const SOME_VISIBLE = `^${VISIBLE}*${VISIBLE.replace("]", "\\s]")}${VISIBLE}*$`;

/** Text of 1 to `max` characters after trimming and normalising (NFC); no control characters. */
export function trimmedText(max: number, min = 1): z.ZodType<string, string> {
  return z
    .string()
    .max(max * 4)
    .refine((text) => !UNPRINTABLE.test(text), "must not have control characters")
    .normalize("NFC")
    .trim()
    .min(min)
    .max(max)
    .meta({ pattern: min === 0 ? `^${VISIBLE}*$` : SOME_VISIBLE });
}

/** A whole number in a query string. */
export function wholeNumber(min: number, max: number): z.ZodType<number, string> {
  return z
    .string()
    .regex(/^[0-9]{1,15}$/, "must be a whole number")
    .transform(Number)
    .pipe(z.int().min(min).max(max))
    .meta({ type: "integer", minimum: min, maximum: max });
}

/** `cursor` and `limit` (1 to 100, 20 when absent); spread into a route's query object. */
export const pageFields = {
  cursor: z.string().min(1).max(512).optional(),
  limit: wholeNumber(1, 100).default(20),
};

export const pageQuery = z.strictObject(pageFields);
