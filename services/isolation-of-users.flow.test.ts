import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { routeTable } from "./edge/route-table.ts";
import { findingsAtRest } from "./testing/at-rest.ts";
import { aShopper, merchant, ownSkus, type Problem, type Shopper, type SkuView } from "./testing/shop.ts";

/** What one shopper has, as the routes name it: the id in the path, and a body that would work for its owner. */
interface Belonging {
  readonly id: string;
  readonly body?: Readonly<Record<string, object>>;
}

const ADDRESS = {
  receiver: "Somebody Else",
  phone: "13800138999",
  region: "Beijing",
  city: "Beijing",
  district: "Haidian",
  street: "9 Other Road",
  isDefault: true,
};
// Ids of what belongs to the shop and is there for all to see.
const PUBLIC = new Set(["/products/{productId}"]);

const idBearing = routeTable.filter(({ path }) => path.includes("{"));
const shoppersOwn = idBearing.filter(({ access, path }) => access === "shopper" && !PUBLIC.has(path));
const closed = idBearing.filter(({ access }) => access === "merchant" || access === "ops" || access === "signed");

let ann: Shopper;
let bob: Shopper;
let skus: SkuView[];
let key: string;
let belongings: ReadonlyMap<string, Belonging>;

beforeAll(async () => {
  [ann, bob] = [await aShopper(), await aShopper()];
  skus = await ownSkus(54, 2);
  const skuId = skus[0]?.skuId ?? "";
  await ann.must("POST", "/cart/items", { body: { skuId, quantity: 2, selected: true } });
  key = `the-key-of-ann-${randomUUID()}`;
  const placed = await ann.place({ items: [{ skuId, quantity: 1 }], key });
  const open = placed.body.orderId;
  const shipped = await ann.placePayable(skus[1]?.skuId ?? "");
  const { paymentId } = (await ann.pay(shipped)).body;
  await ann.until(shipped, { status: 1, stock: "DEDUCTED" });
  const shipment = { carrier: "SF", trackingNumber: "SF1" };
  await (await merchant()).must("POST", `/admin/orders/${shipped}/shipment`, { body: shipment });
  await ann.until(shipped, { status: 2 });
  // Each where the verb would work for its owner.
  belongings = new Map<string, Belonging>([
    ["/orders/{orderId}", { id: open }],
    ["/orders/{orderId}/cancel", { id: open, body: { POST: { reason: "not mine" } } }],
    ["/orders/{orderId}/events", { id: open }],
    ["/orders/{orderId}/receipt", { id: shipped, body: { POST: {} } }],
    ["/payments/{id}", { id: paymentId }],
    ["/users/me/addresses/{id}", { id: ann.addressId, body: { PUT: ADDRESS } }],
    ["/cart/items/{skuId}", { id: skuId, body: { PUT: { quantity: 9 } } }],
  ]);
});

/** All that one shopper can see of what is theirs. */
async function everythingOf(shopper: Shopper): Promise<unknown> {
  const paths = [...belongings]
    .filter(([path]) => !/\/(?:cancel|events|receipt)$/.test(path) && path !== "/cart/items/{skuId}")
    .map(([path, { id }]) => path.replace(/\{\w+\}/, id));
  const shipped = belongings.get("/orders/{orderId}/receipt")?.id;
  const all = [...paths, `/orders/${shipped}`, "/orders", "/cart", "/users/me", "/users/me/addresses"];
  const seen: [string, unknown][] = [];
  for (const path of all) {
    const { status, body } = await shopper.patiently("GET", path);
    seen.push([path, { status, body }]);
  }
  return Object.fromEntries(seen);
}

function attempt(path: string, method: string, id: string) {
  const body = belongings.get(path)?.body?.[method];
  return bob.patiently<Problem>(method, path.replace(/\{\w+\}/, id), body === undefined ? {} : { body });
}

describe("what belongs to another", () => {
  it("is known for every route that bears an id, so that none is left out", () => {
    expect([...new Set(shoppersOwn.map(({ path }) => path))].sort()).toEqual([...belongings.keys()].sort());
    expect([...shoppersOwn, ...closed].length).toBe(idBearing.filter(({ path }) => !PUBLIC.has(path)).length);
  });

  it.each(shoppersOwn)("$method $path is not there for anybody else, and nothing changes", async ({ method, path }) => {
    const before = await everythingOf(ann);
    const theirs = await attempt(path, method, belongings.get(path)?.id ?? "");
    const nobodys = await attempt(path, method, "123456789");
    expect(theirs).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
    // Whether it exists must not show either.
    expect({ ...theirs.body, requestId: "" }).toEqual({ ...nobodys.body, requestId: "" });
    expect(await everythingOf(ann)).toEqual(before);
  });

  it.each(closed)("$method $path is not for shoppers at all", async ({ method, path, access }) => {
    const order = belongings.get("/orders/{orderId}/receipt")?.id ?? "";
    const concrete = path
      .replace("{orderId}", order)
      .replace("{skuId}", skus[0]?.skuId ?? "")
      .replace("{channel}", "FAKE");
    const body = method === "GET" || method === "DELETE" ? {} : { body: {} };
    const answer = await bob.patiently<Problem>(method, concrete.replaceAll(/\{\w+\}/g, "7"), body);
    const code = access === "signed" ? "SIGNATURE_INVALID" : "FORBIDDEN";
    expect(answer).toMatchObject({ status: access === "signed" ? 401 : 403, body: { code } });
  });

  it("is not reached by an id in a body, nor by another's key", async () => {
    const before = await everythingOf(ann);
    const items = [{ skuId: skus[0]?.skuId ?? "", quantity: 1 }];
    const order = (addressId: string, idempotencyKey: string) =>
      bob.call<Problem & { orderId?: string }>("POST", "/orders", {
        headers: { "Idempotency-Key": idempotencyKey },
        body: { items, addressId },
      });
    expect(await order(ann.addressId, randomUUID())).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
    expect(await order(ann.addressId, key)).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
    const open = belongings.get("/orders/{orderId}")?.id ?? "";
    expect(await bob.pay<Problem>(open)).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
    const own = await order(bob.addressId, key);
    expect(own.status).toBe(202);
    expect(own.headers.get("idempotency-replayed")).toBeNull();
    expect(own.body.orderId).not.toBe(open);
    await bob.until(own.body.orderId ?? "", { stock: "LOCKED" });
    expect(await everythingOf(ann)).toEqual(before);
  });

  it("is in no list of anybody else", async () => {
    // A SKU is the shop's; the line of it in a cart has no id of its own.
    const ids = [...belongings].filter(([path]) => !path.startsWith("/cart")).map(([, { id }]) => id);
    for (const path of ["/orders?limit=100", "/users/me/addresses", "/users/me"]) {
      const text = JSON.stringify((await bob.patiently("GET", path)).body);
      for (const id of ids) expect(text.includes(`"${id}"`), `${id} in ${path}`).toBe(false);
    }
    expect((await bob.must<{ items: unknown[] }>("GET", "/cart")).items).toEqual([]);
  });

  it("leaves the books in order", async () => {
    expect(await findingsAtRest()).toEqual([]);
  });
});
