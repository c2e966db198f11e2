/** An account as its owner sees it: phone and e-mail only masked. */
import { z } from "zod";
import { idText } from "#platform/http/fields.ts";
import { maskEmail, maskPhone } from "#platform/security/masking.ts";
import type { Contact } from "../personal-data.ts";
import type { Account } from "./account.ts";

export const userAnswer = z.strictObject({
  userId: idText,
  username: z.string(),
  phone: z.string().nullable(),
  email: z.string().nullable(),
  level: z.int(),
  status: z.enum(["ACTIVE", "DISABLED", "DELETED"]),
});

export type UserView = z.output<typeof userAnswer>;

export function userView({ userId, username, level, status }: Account, { phone, email }: Contact): UserView {
  return {
    userId,
    username,
    phone: phone === null ? null : maskPhone(phone),
    email: email === null ? null : maskEmail(email),
    level,
    status,
  };
}
