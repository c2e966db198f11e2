import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Redis } from "ioredis";
import { rows } from "#platform/database/database.ts";
import { eventually } from "#platform/testing/eventually.ts";
import { stackUnderTest } from "#platform/testing/stack-under-test.ts";
import { openUsers, type UsersUnderTest } from "../testing/open-users.ts";

interface Entry {
  address: string | null;
  userId: string | null;
  reason: string;
  by: string;
  at: string;
}
interface Page {
  items: Entry[];
  nextCursor: string | null;
}

let users: UsersUnderTest;
beforeAll(async () => {
  users = await openUsers();
});
afterAll(() => users.close());

const as = { userId: "900", roles: ["ops"] };
const pathOf = (list: string) => `/admin/access-lists/${list}`;
const put = (list: string, body: object) => users.call<Entry>("PUT", pathOf(list), { as, body });
const remove = (list: string, query: string) => users.call("DELETE", `${pathOf(list)}?${query}`, { as });
const list = async (name: string) => (await users.call<Page>("GET", pathOf(name), { as })).body.items;
const copyOf = (name: string) => users.redis.hgetall(`access-list:${name}`);

describe("an access list", () => {
  it("takes an address, a network or a user, however often, and is in Redis before the answer", async () => {
    const first = await put("black", { address: "203.0.113.9", reason: "stuffing" });
    expect(first).toMatchObject({
      status: 200,
      body: { address: "203.0.113.9", userId: null, reason: "stuffing", by: "900" },
    });
    const again = await put("black", { address: "::ffff:203.0.113.9", reason: "still stuffing" });
    expect(again).toMatchObject({ status: 200, body: { address: "203.0.113.9", reason: "still stuffing" } });
    await put("black", { address: "198.51.100.77/24", reason: "a whole rack" });
    await put("black", { userId: "77", reason: "fraud" });
    expect((await list("black")).map(({ address, userId }) => address ?? userId)).toEqual([
      "198.51.100.0/24",
      "203.0.113.9",
      "77",
    ]);
    const copy = await copyOf("black");
    expect(Object.keys(copy).sort()).toEqual(["address:198.51.100.0/24", "address:203.0.113.9", "user:77"]);
    const { reason, by, at } = again.body;
    expect(JSON.parse(copy["address:203.0.113.9"] ?? "")).toEqual({ reason, by, at });
    expect(await copyOf("white")).toEqual({});
  });

  it("gives an entry back at once, and says when there is none", async () => {
    await put("white", { address: "2001:DB8::1", reason: "the office" });
    expect(Object.keys(await copyOf("white"))).toEqual(["address:2001:db8::1"]);
    expect((await remove("white", "address=2001:db8:0::1")).status).toBe(204);
    expect(await copyOf("white")).toEqual({});
    expect(await remove("white", "address=2001:db8::1")).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
  });

  it("comes page by page", async () => {
    for (const userId of ["1", "2", "3"]) await put("white", { userId, reason: "staff" });
    const first = (await users.call<Page>("GET", `${pathOf("white")}?limit=2`, { as })).body;
    const rest = await users.call<Page>("GET", `${pathOf("white")}?limit=2&cursor=${first.nextCursor}`, { as });
    expect([...first.items, ...rest.body.items].map(({ userId }) => userId)).toEqual(["1", "2", "3"]);
    expect(rest.body.nextCursor).toBeNull();
    for (const cursor of ["x", Buffer.from("[1]").toString("base64url")]) {
      const forged = await users.call("GET", `${pathOf("white")}?cursor=${cursor}`, { as });
      expect(forged).toMatchObject({ status: 400, body: { code: "CURSOR_INVALID" } });
    }
  });

  it.each([
    ["nothing to refuse", { reason: "x" }],
    ["two things at once", { address: "203.0.113.1", userId: "7", reason: "x" }],
    ["no reason", { address: "203.0.113.1" }],
    ["what is no address", { address: "example.org", reason: "x" }],
    ["everybody", { address: "0.0.0.0/0", reason: "x" }],
    ["who says so", { address: "203.0.113.1", reason: "x", by: "7" }],
  ])("refuses %s", async (_what, body) => {
    expect(await put("black", body)).toMatchObject({ status: 400, body: { code: "VALIDATION_FAILED" } });
  });

  it("has two names and no others, and belongs to ops", async () => {
    for (const name of ["grey", "7"]) expect((await users.call("GET", pathOf(name), { as })).status).toBe(404);
    for (const roles of [["shopper"], ["merchant"]]) {
      for (const method of ["GET", "PUT", "DELETE"]) {
        const body = method === "PUT" ? { userId: "5", reason: "x" } : undefined;
        const path = `${pathOf("black")}${method === "DELETE" ? "?userId=77" : ""}`;
        expect((await users.call(method, path, { as: { userId: "5", roles }, body })).status).toBe(403);
      }
    }
    expect((await list("black")).map(({ userId }) => userId)).toContain("77");
  });

  it("leaves a line in the security log for each change", async () => {
    await put("black", { userId: "4711", reason: "x" });
    await remove("black", "userId=4711");
    const logged = users.lines.filter((line) => line.includes("user:4711")).map((line) => JSON.parse(line) as object);
    expect(logged).toMatchObject([
      { security: "access-list-set", list: "black", userId: "900" },
      { security: "access-list-removed", list: "black", userId: "900" },
    ]);
  });
});

describe("the copy in Redis", () => {
  it("is announced with its version on each change", async () => {
    const heard: string[] = [];
    const listener = new Redis(stackUnderTest().redis);
    await listener.subscribe("access-lists");
    listener.on("message", (_channel, version) => heard.push(version));
    await put("black", { userId: "501", reason: "x" });
    const [row] = await rows<{ version: string }>(users.db, "SELECT version FROM ums_access_list_version");
    await eventually(() => heard.includes(String(row?.version)));
    listener.disconnect();
  });

  it("is written again after Redis lost it", async () => {
    await put("black", { userId: "502", reason: "x" });
    await users.redis.del("access-list:black", "access-list:white", "access-list:version");
    await users.deps.accessListCopy.publish();
    expect(Object.keys(await copyOf("black"))).toContain("user:502");
  });

  it("never goes back to an older state", async () => {
    await put("black", { userId: "503", reason: "x" });
    await users.redis.incrby("access-list:version", 5);
    await users.redis.hset("access-list:black", "user:999", "newer");
    await users.deps.accessListCopy.publish();
    expect(Object.keys(await copyOf("black"))).toContain("user:999");
    await users.redis.del("access-list:version");
    await users.deps.accessListCopy.publish();
    expect(Object.keys(await copyOf("black"))).not.toContain("user:999");
  });

  it("holds what the tables hold after many changes at once", async () => {
    const ids = Array.from({ length: 20 }, (_, index) => String(600 + index));
    await Promise.all(ids.map((userId) => put("black", { userId, reason: "x" })));
    await Promise.all(ids.slice(0, 10).map((userId) => remove("black", `userId=${userId}`)));
    const stored = (await list("black")).map(({ address, userId }) =>
      userId ? `user:${userId}` : `address:${address}`,
    );
    expect(Object.keys(await copyOf("black")).sort()).toEqual(stored.sort());
  });
});
