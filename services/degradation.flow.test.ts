import { beforeAll, describe, expect, it } from "vitest";
import { eventually } from "#platform/testing/eventually.ts";
import { findingsAtRest } from "./testing/at-rest.ts";
import { demoAccount } from "./testing/flow-stack.ts";
import { whileDown, whileHanging } from "./testing/hold-down.ts";
import { aShopper, ownSkus, type Problem, type Shopper, type SkuView, Visitor } from "./testing/shop.ts";

type Service = "catalog" | "users" | "cart" | "orders" | "payment";
interface Cart {
  readonly items: readonly { skuId: string; lineVersion: number }[];
}

// A refused connection is known at once; a service that hangs, when the edge's patience with it ends.
const AT_ONCE_MS = 3_000;
const PATIENCE_MS = 12_000;

describe("with one service away", () => {
  let shopper: Shopper;
  let skus: SkuView[];
  let reads: Record<Service, string[]>;

  beforeAll(async () => {
    shopper = await aShopper();
    skus = await ownSkus(70, 5);
    const orderId = await shopper.placePayable(skus[0]!.skuId);
    const { paymentId } = (await shopper.pay(orderId)).body;
    const { items } = await shopper.must<{ items: { productId: string }[] }>("GET", "/products?limit=1");
    reads = {
      catalog: ["/categories", "/products?limit=1", `/products/${items[0]!.productId}`],
      users: ["/users/me", "/users/me/addresses"],
      cart: ["/cart"],
      orders: ["/orders", `/orders/${orderId}`],
      payment: [`/payments/${paymentId}`],
    };
  });

  /** What needs the service is 503 with Retry-After, in time; everything else goes on. */
  async function expectOnlyItself(away: Service, withinMs = AT_ONCE_MS): Promise<void> {
    const asked = (Object.keys(reads) as Service[]).flatMap((service) =>
      reads[service].map(async (path) => {
        const started = performance.now();
        const { status, headers, body } = await shopper.call<Problem>("GET", path);
        const isQuick = performance.now() - started < (service === away ? withinMs : AT_ONCE_MS);
        if (service !== away) return { path, isQuick, status };
        return { path, isQuick, status, code: body.code, isRetryable: Number(headers.get("retry-after")) > 0 };
      }),
    );
    const away503 = { status: 503, code: "SERVICE_UNAVAILABLE", isRetryable: true };
    const expected = (Object.keys(reads) as Service[]).flatMap((service) =>
      reads[service].map((path) => ({ path, isQuick: true, ...(service === away ? away503 : { status: 200 }) })),
    );
    expect(await Promise.all(asked)).toEqual(expected);
  }

  const placeOf = (index: number, wait: number) =>
    shopper.place({ items: [{ skuId: skus[index]!.skuId, quantity: 1 }], wait });
  const settle = () =>
    shopper.must<{ incomplete: string[]; lines: unknown[] | null }>("POST", "/cart/settle", { body: {} });
  const payOnce = (orderId: string) =>
    eventually(async () => {
      const { status, body } = await shopper.pay(orderId);
      if (status === 201) return body.status === "SUCCEEDED";
      throw new Error(`${status} ${(body as unknown as Problem).code}`);
    });

  it("catalog: an order is accepted, and its stock decided when catalog is back", async () => {
    let orderId = "";
    await whileDown("catalog", async () => {
      await expectOnlyItself("catalog");
      const placed = await placeOf(1, 0);
      expect(placed).toMatchObject({ status: 202, body: { status: 0, stock: "PENDING" } });
      orderId = placed.body.orderId;
      expect((await shopper.pay<Problem>(orderId)).body).toMatchObject({ code: "ORDER_NOT_PAYABLE_YET" });
    });
    await shopper.until(orderId, { status: 0, stock: "LOCKED" });
    await payOnce(orderId);
    await shopper.until(orderId, { status: 1, stock: "DEDUCTED" });
  });

  it("users: who is signed in shops on; nobody new gets in, and nobody is let in unchecked", async () => {
    await whileDown("users", async () => {
      await expectOnlyItself("users");
      const login = await new Visitor().call<Problem>("POST", "/auth/login", { body: demoAccount("shopper") });
      expect(login).toMatchObject({ status: 503, body: { code: "SERVICE_UNAVAILABLE" } });
      expect((await new Visitor(`${shopper.token}x`).call("GET", "/orders")).status).toBe(401);
      expect(await settle()).toMatchObject({ incomplete: ["users"] });
      const orderId = await shopper.placePayable(skus[2]!.skuId);
      await payOnce(orderId);
      await shopper.until(orderId, { status: 1, stock: "DEDUCTED" });
    });
  });

  it("cart: an order from the cart goes through, and its lines leave the cart when cart is back", async () => {
    const { skuId } = skus[3]!;
    await shopper.must("POST", "/cart/items", { body: { skuId, quantity: 1 } });
    const { items } = await shopper.must<Cart>("GET", "/cart");
    const { lineVersion: cartLineVersion } = items.find((line) => line.skuId === skuId)!;
    await whileDown("cart", async () => {
      await expectOnlyItself("cart");
      expect(await settle()).toMatchObject({ incomplete: ["cart"], lines: null });
      const placed = await shopper.place({ items: [{ skuId, quantity: 1, cartLineVersion }], fromCart: true });
      expect(placed).toMatchObject({ status: 201, body: { stock: "LOCKED" } });
      await payOnce(placed.body.orderId);
      await shopper.until(placed.body.orderId, { status: 1, stock: "DEDUCTED" });
    });
    await eventually(
      async () => (await shopper.must<Cart>("GET", "/cart")).items.every((line) => line.skuId !== skuId),
      {
        withinMs: 20_000,
        what: "the ordered line gone from the cart",
      },
    );
  });

  it("payment: an order becomes payable, and is paid when payment is back", async () => {
    let orderId = "";
    await whileDown("payment", async () => {
      await expectOnlyItself("payment");
      orderId = await shopper.placePayable(skus[4]!.skuId);
      expect(await shopper.pay<Problem>(orderId)).toMatchObject({ status: 503, body: { code: "SERVICE_UNAVAILABLE" } });
    });
    await payOnce(orderId);
    await shopper.until(orderId, { status: 1, stock: "DEDUCTED" });
  });

  it("payment, hanging: only what needs it waits, and not for long", async () => {
    await whileHanging("payment", () => expectOnlyItself("payment", PATIENCE_MS));
    await eventually(async () => (await shopper.call("GET", reads.payment[0]!)).status === 200, {
      withinMs: 20_000,
      what: "payment answering again",
    });
  });

  it("leaves the books in order", async () => {
    expect(await findingsAtRest()).toEqual([]);
  });
});
