import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { eventually } from "#platform/testing/eventually.ts";
import { createMatchRoute } from "./edge/match-route.ts";
import { routeTable } from "./edge/route-table.ts";
import { findingsAtRest } from "./testing/at-rest.ts";
import { flowStack } from "./testing/flow-stack.ts";
import { blocksOf, callsOf, runBlocks } from "./testing/shell-document.ts";
import { type OrderView, Visitor } from "./testing/shop.ts";

const blocks = blocksOf("docs/walk-through.md");
const numbered = blocks.map((block, index) => ({ ...block, index }));

describe("the walk through the shop", () => {
  let printed: string[][];

  beforeAll(async () => {
    const { edge, home } = flowStack();
    const variables = { MALL_API: `${edge}/api`, MALL_HOME: home };
    printed = await runBlocks(blocks, { variables, withinMs: 120_000 });
  });

  it.each(numbered)("block $index prints what it says: $title", ({ index, expected }) => {
    expect(printed[index]).toEqual(expected);
  });

  it("takes every route there is, and none that there is not", () => {
    const match = createMatchRoute(routeTable);
    const nameOf = ({ method, path }: { method: string; path: string }): string => `${method} ${path}`;
    const taken = blocks.flatMap(callsOf).map((call) => match(call.path)?.get(call.method) ?? call);
    expect([...new Set(taken.map(nameOf))].sort()).toEqual(routeTable.map(nameOf).sort());
  });
});

describe("the README's way to buy something", () => {
  // It has no patience with events under way, which a machine full of tests may need; it can be walked again.
  it("ends with a paid order and its life", { retry: 2 }, async () => {
    const [block] = blocksOf("README.md", "Buy something");
    const own = String(block?.script).replace(/^api=.*$/m, `api=${flowStack().edge}/api`);
    const script = own.replaceAll("alice-1", `alice-${randomUUID()}`);
    const last = { title: "what it got", script: 'echo "$token"; echo "$order"', expected: [] };
    const [shown = [], [token, orderId] = []] = await runBlocks([{ title: "", expected: [], script }, last], {
      variables: {},
      withinMs: 60_000,
    });
    expect(shown.filter((line) => line.includes('"code":'))).toEqual([]);
    expect(shown).toContain("event: OrderPlaced");
    const shopper = new Visitor(token);
    const order = await eventually(async () => {
      const found = await shopper.must<OrderView>("GET", `/orders/${orderId}`);
      return found.stock === "DEDUCTED" && found;
    });
    expect(order.statusName).toBe("TO_SHIP");
  });
});

describe("afterwards", () => {
  it("the books are in order", async () => {
    expect(await findingsAtRest()).toEqual([]);
  });
});
