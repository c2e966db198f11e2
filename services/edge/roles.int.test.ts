import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Route } from "#platform/http/route.ts";
import { routeTable } from "./route-table.ts";
import { type EdgeUnderTest, openEdge } from "./testing/open-edge.ts";

// Every route of the shop on services that let everybody in: what is refused is refused by the edge.
const services: Record<string, Route[]> = {};
for (const { method, path, service } of routeTable) {
  if (service === "edge") continue;
  (services[service] ??= []).push({
    method,
    path: path as Route["path"],
    access: "anyone",
    tag: "test",
    summary: "lets everybody in",
    answers: { 200: z.unknown() },
    body: z.unknown(),
    bodyType: "application/json",
    handle: async () => ({ status: 200, body: { items: [] } }),
  });
}

let edge: EdgeUnderTest;
beforeAll(async () => {
  edge = await openEdge({ table: routeTable, services });
});
afterAll(() => edge.close());

const callers = ["none", "shopper", "merchant", "ops"] as const;

function expected(access: Route["access"], caller: (typeof callers)[number]): number {
  if (access === "anyone" || access === "signed") return 200;
  if (caller === "none") return 401;
  return access === "holder" || access === caller ? 200 : 403;
}

describe("who may call what", () => {
  const cases = routeTable.flatMap((row) => callers.map((caller) => ({ ...row, caller })));

  it.each(cases)("$method $path as $caller", async ({ method, path, access, caller }) => {
    const response = await fetch(`${edge.origin}/api${path.replaceAll(/\{\w+\}/g, "7")}`, {
      method,
      headers: caller === "none" ? {} : await edge.bearer([caller]),
    });
    await response.arrayBuffer();
    expect(response.status).toBe(expected(access, caller));
  });

  it("holds no route that only services may call", () => {
    expect(routeTable.filter(({ path }) => /^\/(?:internal|ops)\//.test(path))).toEqual([]);
  });
});
