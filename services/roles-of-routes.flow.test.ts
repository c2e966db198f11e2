import { beforeAll, describe, expect, it } from "vitest";
import { type TableRoute } from "./edge/match-route.ts";
import { routeTable } from "./edge/route-table.ts";
import { demoAccount } from "./testing/flow-stack.ts";
import { type Answer, aShopper, merchant, type Problem, signIn, Visitor } from "./testing/shop.ts";

const callers = ["none", "shopper", "merchant", "ops"] as const;
type Caller = (typeof callers)[number];
type Verdict = "in" | "UNAUTHENTICATED" | "FORBIDDEN" | "SIGNATURE_INVALID";

let people: Record<Caller, Visitor>;
beforeAll(async () => {
  people = {
    none: new Visitor(),
    shopper: await aShopper(),
    merchant: await merchant(),
    ops: await signIn(demoAccount("ops")),
  };
});

function expected(access: TableRoute["access"], caller: Caller): Verdict {
  if (access === "anyone") return "in";
  if (access === "signed") return "SIGNATURE_INVALID";
  if (caller === "none") return "UNAUTHENTICATED";
  return access === "holder" || access === caller ? "in" : "FORBIDDEN";
}

function verdictOf({ status, body }: Answer<Problem | undefined>): Verdict | string {
  if (status === 401 || status === 403) return body?.code ?? String(status);
  // Whoever is let in finds nothing under these ids, or is told what is missing.
  return status < 500 ? "in" : `${status} ${body?.code}`;
}

/** As a client would that has the address of a route and nothing else. */
async function verdict({ method, path }: TableRoute, caller: Caller): Promise<string> {
  const concrete = path
    .replace("{channel}", "FAKE")
    .replace("{list}", "black")
    .replaceAll(/\{\w+\}/g, "7");
  const body = method === "GET" || method === "DELETE" ? {} : { body: {} };
  return verdictOf(await people[caller].patiently<Problem>(method, concrete, body));
}

describe("every route lets in those it names and nobody else", () => {
  it.each(routeTable)("$method $path ($access)", async (route) => {
    const seen: Record<string, string> = {};
    for (const caller of callers) seen[caller] = await verdict(route, caller);
    expect(seen).toEqual(Object.fromEntries(callers.map((caller) => [caller, expected(route.access, caller)])));
  });

  it("and the table names every role", () => {
    const accesses = new Set(routeTable.map(({ access }) => access));
    for (const access of ["anyone", "shopper", "merchant", "ops", "signed"] as const) {
      expect(accesses.has(access), access).toBe(true);
    }
  });
});
