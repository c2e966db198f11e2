import { z } from "zod";
import { clientError } from "#platform/http/problem.ts";
import { type Route, route } from "#platform/http/route.ts";
import { clientOf } from "../client-of.ts";
import { emailText, givenPasswordText, newPasswordText, phoneText } from "../contact-fields.ts";
import { sessionAnswer } from "../sessions/session-routes.ts";
import { isUsername } from "./account.ts";
import { changePassword, type ChangePasswordDeps } from "./change-password.ts";
import { logIn, type LogInDeps } from "./log-in.ts";
import { registerAccount, type RegisterDeps } from "./register-account.ts";
import { showProfile } from "./show-profile.ts";
import { updateProfile } from "./update-profile.ts";
import { userAnswer } from "./user-view.ts";

export interface AccountRouteDeps extends RegisterDeps, LogInDeps, ChangePasswordDeps {}

const USERNAME_FORM = "must be 3 to 64 letters, digits, dots, dashes or underscores, with at least one letter";
const registration = z.strictObject({
  username: z
    .string()
    .max(256)
    .normalize("NFC")
    .trim()
    .refine(isUsername, USERNAME_FORM)
    .meta({ minLength: 3, maxLength: 64, description: USERNAME_FORM }),
  password: newPasswordText,
  phone: phoneText.nullish(),
  email: emailText.nullish(),
});
const credentials = z.strictObject({
  username: z.string().trim().min(1).max(254),
  password: givenPasswordText,
});
const profileChange = z.strictObject({ phone: phoneText.nullish(), email: emailText.nullish() });
const passwordChange = z.strictObject({ currentPassword: givenPasswordText, newPassword: newPasswordText });

/** Register and log in. */
export function authRoutes(deps: AccountRouteDeps): readonly Route[] {
  return [
    route({
      method: "POST",
      path: "/auth/register",
      access: "anyone",
      tag: "auth",
      summary: "Open an account as a shopper",
      body: registration,
      answers: { 201: userAnswer },
      refusals: ["ACCOUNT_EXISTS", "RATE_LIMITED"],
      async handle(request) {
        const { username, password, phone = null, email = null } = request.body;
        const opening = { username, password, phone, email, role: "shopper" } as const;
        const outcome = await registerAccount(deps, opening, request.cause);
        return "refused" in outcome ? outcome : { status: 201, body: outcome };
      },
    }),
    route({
      method: "POST",
      path: "/auth/login",
      access: "anyone",
      tag: "auth",
      summary: "Sign in by username, phone or e-mail",
      body: credentials,
      answers: { 200: sessionAnswer },
      refusals: ["INVALID_CREDENTIALS", "RATE_LIMITED"],
      async handle(request) {
        const outcome = await logIn(deps, request.body, clientOf(request));
        return "refused" in outcome
          ? outcome
          : { status: 200, body: outcome, headers: { "Cache-Control": "no-store" } };
      },
    }),
  ];
}

/** A user's own profile and password. */
export function profileRoutes(deps: AccountRouteDeps): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/users/me",
      access: "shopper",
      tag: "users",
      summary: "The own profile, phone and e-mail masked",
      answers: { 200: userAnswer },
      async handle({ caller }) {
        return { status: 200, body: (await showProfile(deps, String(caller.userId))) ?? gone() };
      },
    }),
    route({
      method: "PATCH",
      path: "/users/me",
      access: "shopper",
      tag: "users",
      summary: "Change or remove phone and e-mail",
      body: profileChange,
      answers: { 200: userAnswer },
      refusals: ["ACCOUNT_EXISTS"],
      async handle({ caller, body }) {
        const outcome = (await updateProfile(deps, String(caller.userId), body)) ?? gone();
        return "refused" in outcome ? outcome : { status: 200, body: outcome };
      },
    }),
    route({
      method: "PUT",
      path: "/users/me/password",
      access: "shopper",
      tag: "users",
      summary: "Change the password and end all sessions",
      body: passwordChange,
      answers: { 200: userAnswer },
      refusals: ["INVALID_CREDENTIALS", "RATE_LIMITED"],
      async handle(request) {
        const change = { userId: String(request.caller.userId), ...request.body };
        const outcome = (await changePassword(deps, change, clientOf(request))) ?? gone();
        return "refused" in outcome ? outcome : { status: 200, body: outcome };
      },
    }),
  ];
}

function gone(): never {
  throw clientError("NOT_FOUND", "There is nothing here", 404);
}
