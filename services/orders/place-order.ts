/**
 * Placing an order: order, lines, history, event and idempotency key commit together. It asks nobody: prices, address and
 * user come from the replicas here, and stock decides afterwards.
 */
import { sqlErrorKind } from "#platform/database/sql-errors.ts";
import type { Idempotency } from "#platform/http/idempotency.ts";
import { clientKey, requestHash } from "#platform/http/request-hash.ts";
import type { Answer, Refusal } from "#platform/http/route.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { Cause } from "#platform/outbox/outgoing.ts";
import type { AddressChanged, OrderId, UserId } from "#schemas/event-types.ts";
import { type Address, type AddressVault, maskAddress } from "./address-vault.ts";
import type { Transaction } from "./change-order.ts";
import { numbered } from "./order-events.ts";
import { orderJson } from "./order-json.ts";
import type { PartsReader } from "./order-parts.ts";
import { findByClientKey, insertHistory, insertOrder } from "./order-store.ts";
import { NOTHING_HAPPENED, type Order, orderSn, placed } from "./order.ts";
import { type Priced, priceOrder, type WantedItem } from "./pricing.ts";
import { type KnownForOrder, readForOrder } from "./replicas/replica-store.ts";
import { addShopper, type LockedShopper, lockShopper, openUnits } from "./shopper-store.ts";
import { showOrders } from "./show-orders.ts";

export interface OrderLimits {
  /** Unpaid orders per shopper; 0 = no limit, as below. */
  readonly maxOpenPerUser: number;
  /** Units of one SKU in a shopper's unpaid orders. */
  readonly maxOpenUnitsPerSku: number;
}

export interface PlaceDeps extends Pick<Backbone, "db" | "outbox" | "hasRoom"> {
  readonly idempotency: Idempotency;
  readonly vault: AddressVault;
  readonly parts: PartsReader;
  readonly newId: () => string;
  readonly paymentWindowMs: number;
  readonly limits: OrderLimits;
}

export interface PlaceRequest {
  readonly userId: string;
  readonly idempotencyKey: string;
  readonly body: {
    readonly items: readonly WantedItem[];
    readonly addressId: string;
    readonly expectedTotalCents?: number | undefined;
    readonly fromCart?: boolean | undefined;
    readonly remark?: string | undefined;
  };
  readonly cause: Cause;
}

const OUTBOX_FULL: Refusal = { refused: "OUTBOX_FULL", status: 503, retryAfterSeconds: 5 };
// Room comes when an order is paid, cancelled or timed out; nobody can say when that will be.
const TOO_MANY: Refusal = { refused: "RATE_LIMITED", status: 429, retryAfterSeconds: 60 };

/** The 202 of the new order, the stored answer of an earlier one with this key, or why there is none. */
export function placeOnce(deps: PlaceDeps, request: PlaceRequest): Promise<Answer | Refusal> {
  const scope = `${request.userId} POST /orders`;
  const keyed = { scope, key: request.idempotencyKey, hash: requestHash(request.body) };
  return deps.idempotency.once(keyed, (trx) => placeWithin(trx, deps, request));
}

async function placeWithin(trx: Transaction, deps: PlaceDeps, request: PlaceRequest): Promise<Answer | Refusal> {
  if (!deps.hasRoom()) return OUTBOX_FULL;
  const { userId, body } = request;
  const skuIds = [...new Set(body.items.map(({ skuId }) => skuId))];
  const known = await readForOrder(trx, { skuIds, addressId: body.addressId, userId });
  const priced = priceOrder(body.items, known.skus, body.expectedTotalCents);
  if ("refused" in priced) return priced;
  const sealed = ownAddress(userId, known);
  if ("refused" in sealed) return sealed;
  const address = deps.vault.openEvent(sealed);
  const shopper = await lockedShopper(trx, deps, userId);
  if (await isOverLimit(trx, { limits: deps.limits, userId, shopper, priced })) return TOO_MANY;
  return insert(trx, deps, { request, priced, address, shopper });
}

function ownAddress(userId: string, { address, userStatus }: KnownForOrder): AddressChanged | Refusal {
  if (userStatus === "DISABLED" || userStatus === "DELETED") return { refused: "FORBIDDEN", status: 403 };
  if (address === undefined) return { refused: "ADDRESS_NOT_KNOWN_YET", retryAfterSeconds: 1 };
  const { ciphertext } = address;
  const isUsable = address.userId === userId && ciphertext !== null;
  return isUsable ? { ...address, ciphertext } : { refused: "NOT_FOUND", status: 404 };
}

async function lockedShopper(trx: Transaction, { vault }: PlaceDeps, userId: string): Promise<LockedShopper> {
  const shopper = await lockShopper(trx, userId);
  if (shopper) return shopper;
  await addShopper(trx, userId, vault.newWrappedKey(userId));
  return (await lockShopper(trx, userId))!;
}

async function isOverLimit(
  trx: Transaction,
  { limits, userId, shopper, priced }: { limits: OrderLimits; userId: string; shopper: LockedShopper; priced: Priced },
): Promise<boolean> {
  const { maxOpenPerUser, maxOpenUnitsPerSku } = limits;
  if (maxOpenPerUser > 0 && shopper.openOrders >= maxOpenPerUser) return true;
  if (maxOpenUnitsPerSku === 0) return false;
  const skuIds = priced.lines.map(({ skuId }) => skuId);
  const open = shopper.openOrders > 0 ? await openUnits(trx, userId, skuIds) : new Map<string, number>();
  return priced.lines.some(({ skuId, quantity }) => (open.get(skuId) ?? 0) + quantity > maxOpenUnitsPerSku);
}

interface Accepted {
  readonly request: PlaceRequest;
  readonly priced: Priced;
  readonly address: Address;
  readonly shopper: LockedShopper;
}

async function insert(trx: Transaction, deps: PlaceDeps, accepted: Accepted): Promise<Answer> {
  try {
    return await insertAs(trx, deps, { ...accepted, orderId: deps.newId() });
  } catch (error) {
    if (sqlErrorKind(error) !== "duplicate") throw error;
    // The key made an order longer ago than answers are kept; or, hardly ever, two processes made the same id.
    const { userId, idempotencyKey } = accepted.request;
    const earlier = await findByClientKey(trx, userId, clientKey(idempotencyKey));
    if (!earlier) return insertAs(trx, deps, { ...accepted, orderId: deps.newId() });
    // Within the transaction: the connection that holds the key's row must not wait for a second one.
    const [body] = await showOrders({ ...deps, db: trx }, [earlier], "masked");
    return answer(earlier.orderId, body, { "Idempotency-Replayed": "true" });
  }
}

async function insertAs(trx: Transaction, deps: PlaceDeps, accepted: Accepted & { orderId: string }): Promise<Answer> {
  const { request, priced, address, shopper, orderId } = accepted;
  const { now } = shopper;
  const order = newOrder(orderId as OrderId, accepted, new Date(now.getTime() + deps.paymentWindowMs));
  const result = numbered(placed(order), priced.lines, now);
  const sealed = deps.vault.seal(address, orderId, { userId: request.userId, wrappedKey: shopper.wrappedKey });
  const own = { lines: priced.lines, address: sealed, remark: request.body.remark ?? null };
  await insertOrder(trx, result.order, own);
  await insertHistory(trx, result.history);
  await deps.outbox.append(trx, result.events, { cause: request.cause, now });
  const parts = { lines: priced.lines, history: result.history, address: maskAddress(address) };
  return answer(orderId, orderJson(result.order, parts));
}

function newOrder(orderId: OrderId, { request, priced, shopper }: Accepted, payBy: Date): Order {
  const { totalCents, currency } = priced;
  return {
    orderId,
    orderSn: orderSn(orderId, shopper.now),
    userId: request.userId as UserId,
    clientKey: clientKey(request.idempotencyKey),
    currency,
    totalCents,
    payCents: totalCents,
    fromCart: request.body.fromCart ?? false,
    placedAt: shopper.now,
    payBy,
    ...NOTHING_HAPPENED,
  };
}

function answer(orderId: string, body: unknown, headers: Record<string, string> = {}): Answer {
  return { status: 202, body, headers: { Location: `/api/orders/${orderId}`, ...headers } };
}
