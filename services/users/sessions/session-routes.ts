import { z } from "zod";
import { idText } from "#platform/http/fields.ts";
import { type Route, route } from "#platform/http/route.ts";
import { clientOf } from "../client-of.ts";
import { checkSession } from "./check-session.ts";
import { logOut } from "./log-out.ts";
import { type RefreshDeps, refreshSession } from "./refresh-session.ts";

export const sessionAnswer = z.strictObject({
  accessToken: z.string(),
  expiresInSeconds: z.int(),
  refreshToken: z.string(),
});

const refreshTokenBody = z.strictObject({ refreshToken: z.string().min(1).max(512) });
const sessionParams = z.strictObject({ sid: idText });
// Not UNAUTHENTICATED: to the edge that code says that this service did not believe the edge itself.
const INVALID_CREDENTIALS = { refused: "INVALID_CREDENTIALS", status: 401 } as const;

/** Refresh and log-out, open to whoever holds a refresh token: the access token may be over by then. */
export function sessionRoutes(deps: RefreshDeps): readonly Route[] {
  return [
    route({
      method: "POST",
      path: "/auth/refresh",
      access: "anyone",
      tag: "auth",
      summary: "Exchange a refresh token, which can be used once, for new tokens",
      body: refreshTokenBody,
      answers: { 200: sessionAnswer },
      refusals: ["INVALID_CREDENTIALS"],
      async handle(request) {
        const tokens = await refreshSession(deps, request.body.refreshToken, clientOf(request));
        if (tokens === undefined) return INVALID_CREDENTIALS;
        return { status: 200, body: tokens, headers: { "Cache-Control": "no-store" } };
      },
    }),
    route({
      method: "POST",
      path: "/auth/logout",
      access: "anyone",
      tag: "auth",
      summary: "End the session of a refresh token",
      body: refreshTokenBody,
      answers: { 204: null },
      refusals: ["INVALID_CREDENTIALS"],
      async handle(request) {
        const ended = await logOut(deps, request.body.refreshToken, clientOf(request));
        return ended ? { status: 204 } : INVALID_CREDENTIALS;
      },
    }),
    route({
      method: "GET",
      path: "/internal/sessions/{sid}",
      access: "anyone",
      tag: "internal",
      summary: "Whether a session is alive, for the edge when Redis cannot say",
      params: sessionParams,
      answers: { 200: z.strictObject({ alive: z.boolean() }) },
      async handle({ params }) {
        return { status: 200, body: { alive: await checkSession(deps, params.sid) } };
      },
    }),
  ];
}
