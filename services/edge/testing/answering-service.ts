import { z } from "zod";
import type { Route } from "#platform/http/route.ts";
import type { TableRoute } from "../match-route.ts";

/** Routes that answer 200, with what they are told of the caller, for every row of a table. */
export function answeringRoutes(table: readonly TableRoute[], service = "things"): Route[] {
  return table
    .filter((row) => row.service === service)
    .map(({ method, path, access }) => ({
      method,
      path: path as Route["path"],
      access: access === "signed" ? "anyone" : access,
      tag: "test",
      summary: "for tests",
      answers: { 200: z.unknown() },
      query: z.unknown(),
      body: z.unknown(),
      bodyType: "application/json",
      handle: async ({ caller, rawBody }: { caller: object; rawBody: Buffer }) => ({
        status: 200,
        body: { caller, length: rawBody.length },
      }),
    }));
}
