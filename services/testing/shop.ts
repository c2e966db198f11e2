/** People at the shop's door: everything they do goes through the edge, as a client's would. */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { eventually } from "#platform/testing/eventually.ts";
import { demoAccount, flowStack } from "./flow-stack.ts";

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}

export interface Problem {
  readonly code: string;
}

export interface OrderView {
  readonly orderId: string;
  readonly status: number;
  readonly statusName: string;
  readonly stock: string;
  readonly totalCents: number;
  readonly payCents: number;
  readonly cancelReason: string | null;
  readonly history: readonly { status: number; event: string; at: string; reason: string | null }[];
}

export interface SkuView {
  readonly skuId: string;
  readonly priceCents: number;
  readonly priceVersion: number;
  readonly available: number;
}

type CallOptions = { body?: unknown; headers?: Record<string, string> };

/** One signed-in person (or nobody, without a token). */
export class Visitor {
  readonly token: string | undefined;
  constructor(token?: string) {
    this.token = token;
  }

  async call<T>(method: string, path: string, { body, headers }: CallOptions = {}): Promise<Answer<T>> {
    const response = await fetch(`${flowStack().edge}/api${path}`, {
      method,
      signal: AbortSignal.timeout(20_000),
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (answer === "" ? undefined : isJson(response) ? JSON.parse(answer) : answer) as T,
    };
  }

  /** As `call`, but asks again when it came too fast for the limit on requests per second. */
  async patiently<T>(method: string, path: string, options: CallOptions = {}): Promise<Answer<T>> {
    return eventually(async () => {
      const answer = await this.call<T>(method, path, options);
      return answer.status !== 429 && answer;
    });
  }

  /** As `call`, but anything other than 2xx is an error that names the code. */
  async must<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
    const answer = await this.call<T & Problem>(method, path, options);
    if (answer.status < 300) return answer.body;
    throw new Error(`${method} ${path} answered ${answer.status} ${answer.body?.code ?? ""}`);
  }
}

function isJson({ headers }: Response): boolean {
  return /^application\/(?:[\w.-]+\+)?json\b/.test(headers.get("content-type") ?? "");
}

export async function signIn({ username, password }: { username: string; password: string }): Promise<Visitor> {
  const body = { username, password };
  const { accessToken } = await new Visitor().must<{ accessToken: string }>("POST", "/auth/login", { body });
  return new Visitor(accessToken);
}

export const merchant = (): Promise<Visitor> => signIn(demoAccount("merchant"));

export interface PlaceOptions {
  readonly items: readonly { skuId: string; quantity: number; priceVersion?: number; cartLineVersion?: number }[];
  readonly fromCart?: boolean;
  readonly key?: string;
  /** Seconds to wait for the stock decision; 0 = do not wait. */
  readonly wait?: number;
}

/** A shopper with an address, who can do what shoppers do. */
export class Shopper extends Visitor {
  readonly addressId: string;
  constructor(token: string, addressId: string) {
    super(token);
    this.addressId = addressId;
  }

  async place<T = OrderView>({ items, fromCart, key = randomUUID(), wait = 5 }: PlaceOptions): Promise<Answer<T>> {
    return this.call<T>("POST", "/orders", {
      headers: { "Idempotency-Key": key, ...(wait > 0 ? { Prefer: `wait=${wait}` } : {}) },
      body: { items, addressId: this.addressId, ...(fromCart === undefined ? {} : { fromCart }) },
    });
  }

  /** Places and expects it to become payable. */
  async placePayable(skuId: string, quantity = 1): Promise<string> {
    const { status, body } = await this.place({ items: [{ skuId, quantity }] });
    if (status !== 201) throw new Error(`not payable: ${status} ${JSON.stringify(body)}`);
    return body.orderId;
  }

  pay<T = { paymentId: string; status: string; failureCode?: string }>(
    orderId: string,
    { scenario, key = randomUUID() }: { scenario?: string; key?: string } = {},
  ): Promise<Answer<T>> {
    return this.call<T>("POST", "/payments", {
      headers: { "Idempotency-Key": key },
      body: { orderId, channel: "FAKE", ...(scenario === undefined ? {} : { scenario }) },
    });
  }

  cancel(orderId: string): Promise<Answer<OrderView & Problem>> {
    return this.call("POST", `/orders/${orderId}/cancel`, { body: { reason: "changed my mind" } });
  }

  order(orderId: string): Promise<OrderView> {
    return this.must<OrderView>("GET", `/orders/${orderId}`);
  }

  /** The order once it is as expected; says how it was last seen when it does not get there. */
  until(orderId: string, expected: Partial<OrderView>, withinMs = 20_000): Promise<OrderView> {
    return eventually(
      async () => {
        const order = await this.order(orderId);
        const seen = Object.fromEntries(Object.keys(expected).map((field) => [field, order[field as keyof OrderView]]));
        if (!isDeepStrictEqual(seen, expected)) {
          throw new Error(`${JSON.stringify(seen)} after ${order.history.map(({ event }) => event).join(" ")}`);
        }
        return order;
      },
      { withinMs, what: `${JSON.stringify(expected)} of order ${orderId}` },
    );
  }

  /** The order's events once they contain `event`. */
  untilEvent(orderId: string, event: string, withinMs = 20_000): Promise<string[]> {
    return eventually(
      async () => {
        const events = (await this.order(orderId)).history.map((row) => row.event);
        if (events.includes(event)) return events;
        throw new Error(events.join(" "));
      },
      { withinMs, what: `${event} in the history of order ${orderId}` },
    );
  }
}

/** A newly registered shopper with one address. */
export async function aShopper(): Promise<Shopper> {
  const account = { username: `flow-${randomUUID().slice(0, 18)}`, password: `pass-${randomUUID()}` };
  const visitor = new Visitor();
  await visitor.must("POST", "/auth/register", { body: account });
  const { accessToken } = await visitor.must<{ accessToken: string }>("POST", "/auth/login", { body: account });
  const address = {
    receiver: "Test Person",
    phone: "13800138000",
    region: "Shanghai",
    city: "Shanghai",
    district: "Pudong",
    street: "1 Test Road",
    isDefault: true,
  };
  const { addressId } = await new Visitor(accessToken).must<{ addressId: string }>("POST", "/users/me/addresses", {
    body: address,
  });
  return new Shopper(accessToken, addressId);
}

/**
 * SKUs of the demo catalogue that no other test file touches: the whole catalogue in order, `from` fixed per file.
 */
export async function ownSkus(from: number, count: number): Promise<SkuView[]> {
  const visitor = new Visitor();
  const skus: SkuView[] = [];
  let cursor: string | null = null;
  let position = 0;
  do {
    const page: { items: { productId: string }[]; nextCursor: string | null } = await visitor.must(
      "GET",
      `/products?sort=name&limit=100${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    for (const { productId } of page.items) {
      position += 1;
      if (position <= from) continue;
      const product = await visitor.must<{ skus: SkuView[] }>("GET", `/products/${productId}`);
      const [first] = product.skus;
      if (first) skus.push(first);
      if (skus.length === count) return skus;
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  throw new Error(`the catalogue has no ${count} products from position ${from} on`);
}

/** Sets what is available of a SKU, as a merchant's stocktake would. */
export async function setAvailable(skuId: string, available: number): Promise<void> {
  const keeper = await merchant();
  const stock = await keeper.must<{ available: number }>("GET", `/admin/stock/${skuId}`);
  const delta = available - stock.available;
  if (delta === 0) return;
  await keeper.must("POST", `/admin/stock/${skuId}/adjustments`, {
    body: { delta, reason: "test", documentId: `flow-${randomUUID()}` },
  });
}
