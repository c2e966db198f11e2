/** Forms of what people type about themselves. */
import { z } from "zod";
import { isCommonPassword } from "#platform/security/passwords.ts";

export const phoneText = z
  .string()
  .trim()
  .regex(/^\+?[0-9][0-9 -]{4,18}[0-9]$/, "must be a phone number");

export const emailText = z.string().trim().max(254).pipe(z.email()).meta({ pattern: z.regexes.email.source });

/** No rules of composition: length is what counts, and that nobody tries it first. */
export const newPasswordText = z
  .string()
  .min(8)
  .max(128)
  .normalize("NFC")
  .refine((password) => !isCommonPassword(password), "is among the passwords that are tried first");

/** A password to be compared: whatever it is, it is only ever right or wrong. */
export const givenPasswordText = z.string().min(1).max(512).normalize("NFC");
