import { describe, expect, it } from "vitest";
import { createRowWaiter } from "./row-waiter.ts";

interface Row {
  readonly version: number;
}

function aWaiter() {
  const table = new Map<string, Row>();
  const queries: (readonly string[])[] = [];
  const waiter = createRowWaiter<Row>({
    pollMs: 10,
    onError: () => undefined,
    read: async (ids) => {
      queries.push(ids);
      return new Map(ids.flatMap((id) => (table.has(id) ? [[id, table.get(id) as Row] as const] : [])));
    },
  });
  return { table, queries, waiter };
}

const present = { until: () => true, timeoutMs: 2_000 };

describe("waiting for a row", () => {
  it("answers at once when the row is there", async () => {
    const { table, waiter } = aWaiter();
    table.set("a", { version: 1 });
    expect(await waiter.wait("a", present)).toEqual({ version: 1 });
  });

  it("answers when the row comes, without being woken, and when it changes as wanted", async () => {
    const { table, waiter } = aWaiter();
    const appeared = waiter.wait("a", present);
    const changed = waiter.wait("a", { ...present, until: ({ version }) => version === 2 });
    table.set("a", { version: 1 });
    expect(await appeared).toEqual({ version: 1 });
    table.set("a", { version: 2 });
    expect(await changed).toEqual({ version: 2 });
  });

  it("asks once for all who wait", async () => {
    const { table, queries, waiter } = aWaiter();
    const all = Promise.all(["a", "b", "a"].map((id) => waiter.wait(id, present)));
    for (const id of ["a", "b"]) table.set(id, { version: 1 });
    waiter.wake();
    expect(await all).toHaveLength(3);
    expect(queries.length).toBeLessThanOrEqual(3);
  });

  it("gives up in time, when the client goes away and when the service stops", async () => {
    const { waiter } = aWaiter();
    expect(await waiter.wait("a", { ...present, timeoutMs: 5 })).toBeUndefined();
    expect(await waiter.wait("a", { ...present, signal: AbortSignal.abort() })).toBeUndefined();
    const stopped = waiter.wait("a", present);
    waiter.stop();
    expect(await stopped).toBeUndefined();
  });

  it("goes on waiting when a read fails", async () => {
    let failures = 0;
    const waiter = createRowWaiter<Row>({
      pollMs: 5,
      onError: () => (failures += 1),
      read: async () => {
        if (failures < 3) throw new Error("the database is away");
        return new Map([["a", { version: 1 }]]);
      },
    });
    expect(await waiter.wait("a", present)).toEqual({ version: 1 });
    expect(failures).toBe(3);
  });
});
