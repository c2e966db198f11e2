/**
 * The two waits of placing an order, both outside its transaction: for a replica that lags behind what the shopper has just
 * done, and, if the client prefers, for the decision of stock.
 */
import type { Answer, Refusal } from "#platform/http/route.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { RowWaiter } from "#platform/waiting/row-waiter.ts";
import { lifeJson, type OrderJson } from "./order-json.ts";
import { type OrderPulse, readOrders } from "./order-store.ts";
import { isDecided, STATUS } from "./order.ts";
import { type PlaceDeps, placeOnce, type PlaceRequest } from "./place-order.ts";
import type { Address, Sku } from "./replicas/replicas.ts";

export interface WaitDeps extends PlaceDeps, Pick<Backbone, "db"> {
  readonly waits: {
    readonly orders: RowWaiter<OrderPulse>;
    readonly skus: RowWaiter<Sku>;
    readonly addresses: RowWaiter<Address>;
  };
  committed(): void;
}

export interface WaitingRequest extends PlaceRequest {
  /** Seconds to wait for the decision; undefined = answer at once. */
  readonly waitSeconds: number | undefined;
  /** Aborted when the client leaves; made only for those who wait. */
  signal(): AbortSignal;
}

const REPLICA_WAIT_MS = 2_000;
const NOT_KNOWN_YET = new Set(["SKU_NOT_KNOWN_YET", "ADDRESS_NOT_KNOWN_YET"]);

/** 202 with the order; with a wait 201 once it is payable, or the refusal STOCK_SHORT. */
export async function placeOrder(deps: WaitDeps, request: WaitingRequest): Promise<Answer | Refusal> {
  let outcome = await placeOnce(deps, request);
  if ("refused" in outcome && NOT_KNOWN_YET.has(outcome.refused)) {
    await replicasCaughtUp(deps, request);
    outcome = await placeOnce(deps, request);
  }
  if ("refused" in outcome) return outcome;
  deps.committed();
  return request.waitSeconds === undefined ? outcome : answerOnceDecided(deps, request, outcome);
}

async function replicasCaughtUp({ waits }: WaitDeps, { body, signal }: WaitingRequest): Promise<void> {
  const options = { timeoutMs: REPLICA_WAIT_MS, signal: signal() };
  await Promise.all([
    waits.addresses.wait(body.addressId, { ...options, until: () => true }),
    ...body.items.map(({ skuId, priceVersion = 0 }) =>
      waits.skus.wait(skuId, {
        ...options,
        until: (sku) => sku.deleted || sku.priceVersion >= priceVersion,
      }),
    ),
  ]);
}

async function answerOnceDecided(deps: WaitDeps, request: WaitingRequest, placed: Answer): Promise<Answer | Refusal> {
  const body = placed.body as OrderJson;
  const waitSeconds = request.waitSeconds!;
  const decided = await deps.waits.orders.wait(body.orderId, {
    until: isDecided,
    timeoutMs: waitSeconds * 1_000,
    signal: request.signal(),
  });
  const headers = { ...placed.headers, "Preference-Applied": `wait=${waitSeconds}` };
  const order = decided && (await readOrders(deps.db, [decided.orderId])).get(decided.orderId);
  if (!order) return { ...placed, headers };
  if (order.cancelReason === "STOCK_REJECTED") {
    return { refused: "STOCK_SHORT", details: { orderId: order.orderId, shortages: order.shortages ?? [] } };
  }
  // Lines and the masked address are as they were; what has moved is read.
  const history = (await deps.parts.read(deps.db, [order])).get(order.orderId)?.history ?? [];
  // Cancelled meanwhile, by the shopper or the clock: it is what it is, but nobody can pay for it.
  const status = order.status === STATUS.CANCELLED ? 202 : 201;
  return { status, body: { ...body, ...lifeJson(order, history) }, headers };
}
