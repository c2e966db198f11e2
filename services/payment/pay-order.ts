/**
 * Paying an order. Guarantees: one key makes one attempt, and one attempt is charged once, whatever crashes in between; an
 * order never keeps the money of two attempts. Between the claim and the answer the gateway is called, so three commits:
 * the key's claim, the attempt, the outcome. Whoever takes an abandoned claim over asks the gateway first.
 */
import type { Claim } from "#platform/http/idempotency.ts";
import { clientKey, requestHash } from "#platform/http/request-hash.ts";
import type { Answer, Refusal } from "#platform/http/route.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { Cause } from "#platform/outbox/outgoing.ts";
import type { RowWaiter } from "#platform/waiting/row-waiter.ts";
import { type Attempt, type PayOrder, whyNotPayable } from "./payment.ts";
import { CHANNEL_ERROR, CHANNEL_NOT_OPEN, type Channels, type PaymentChannel } from "./payment-channel.ts";
import { findAttemptByKey, insertAttempt, readPayOrders } from "./payment-store.ts";
import { answerOf, settleAttempt, type SettleDeps } from "./settle-attempt.ts";

export interface PayDeps extends SettleDeps, Pick<Backbone, "hasRoom"> {
  readonly channels: Channels;
  readonly orders: Pick<RowWaiter<PayOrder>, "wait">;
}

export interface PayRequest {
  readonly userId: string;
  readonly key: string;
  readonly body: Pick<Attempt, "orderId" | "channel"> & {
    readonly scenario?: Exclude<Attempt["scenario"], null> | undefined;
  };
  readonly cause: Cause;
}

export const CLAIM_MS = 30_000;
const ORDER_WAIT_MS = 2_000;
const SCOPE = "POST /payments";
const OUTBOX_FULL: Refusal = { refused: "OUTBOX_FULL", status: 503, retryAfterSeconds: 5 };
const NOT_FOUND: Refusal = { refused: "NOT_FOUND", status: 404 };
const NOT_YET: Refusal = { refused: "ORDER_NOT_PAYABLE_YET", retryAfterSeconds: 1 };
const UNAVAILABLE: Refusal = { refused: "PAYMENT_CHANNEL_UNAVAILABLE", status: 503, retryAfterSeconds: 1 };
const KEY_REUSED: Refusal = { refused: "IDEMPOTENCY_KEY_REUSED", status: 422 };

/** Pays as asked, or says why not; the same key gets the same answer. */
export async function payOrder(deps: PayDeps, request: PayRequest): Promise<Answer | Refusal> {
  const channel = deps.channels.get(request.body.channel);
  if (channel === undefined) return CHANNEL_NOT_OPEN;
  const keyed = { scope: `${request.userId} ${SCOPE}`, key: request.key, hash: requestHash(request.body) };
  const begun = await deps.idempotency.begin(keyed, CLAIM_MS);
  if ("outcome" in begun) return begun.outcome;
  const { claim, takenOver } = begun;
  if (!deps.hasRoom() && !takenOver) {
    await deps.idempotency.release(claim);
    return OUTBOX_FULL;
  }
  const opened = await openOrFind(deps, request, takenOver).catch(async (error: unknown) => {
    await deps.idempotency.release(claim);
    throw error;
  });
  if ("refused" in opened) {
    await deps.idempotency.release(claim);
    return opened;
  }
  const { attempt, isNew } = opened;
  // From here on an error leaves the claim: the gateway may have the money, and the job resumes what was begun.
  if (!isNew) return resumeAttempt(deps, { attempt, claim, cause: request.cause });
  const outcome = await channel.charge(attempt);
  return answerTo(await settleAttempt(deps, { attempt, outcome, cause: request.cause, claim }));
}

/** Goes on with an attempt whose first holder is gone: asks what the gateway knows, and charges only if it knows nothing. */
export async function resumeAttempt(
  deps: PayDeps,
  { attempt, claim, cause }: { attempt: Attempt; claim: Claim; cause: Cause },
): Promise<Answer | Refusal> {
  const outcome = await outcomeOf(deps, attempt);
  const settled = await settleAttempt(deps, { attempt, outcome, cause, claim });
  const answer = answerTo(settled);
  return "refused" in answer ? answer : { ...answer, headers: { "Idempotency-Replayed": "true" } };
}

async function outcomeOf(deps: PayDeps, attempt: Attempt) {
  const channel = deps.channels.get(attempt.channel);
  const isOpen = attempt.status === "PENDING" || attempt.status === "CLOSED";
  if (!isOpen || channel === undefined) return { state: "PENDING" as const };
  const known = await channel.query(attempt);
  return known.state === "UNKNOWN" ? chargeLate(deps, channel, attempt) : known;
}

// The request never reached the gateway. If its order cannot be paid any more, it must not reach it now.
async function chargeLate(deps: PayDeps, channel: PaymentChannel, attempt: Attempt) {
  const order = (await readPayOrders(deps.db, [attempt.orderId])).get(attempt.orderId);
  const isPayable = order !== undefined && whyNotPayable(order) === undefined;
  return isPayable ? channel.charge(attempt) : { state: "FAILED" as const, failureCode: "NOT_CHARGED" };
}

function answerTo(attempt: Attempt): Answer | Refusal {
  return attempt.failureCode === CHANNEL_ERROR ? UNAVAILABLE : answerOf(attempt);
}

type Opened = { readonly attempt: Attempt; readonly isNew: boolean } | Refusal;

async function openOrFind(deps: PayDeps, request: PayRequest, takenOver: boolean): Promise<Opened> {
  const begun = takenOver ? await findBegun(deps, request) : undefined;
  return begun ?? openAttempt(deps, request);
}

async function findBegun(deps: PayDeps, { userId, key, body }: PayRequest): Promise<Opened | undefined> {
  const attempt = await findAttemptByKey(deps.db, userId, clientKey(key));
  if (attempt === undefined) return undefined;
  // The key's row, which knows the whole request, is forgotten after some days; the attempt knows its order for ever.
  return attempt.orderId === body.orderId ? { attempt, isNew: false } : KEY_REUSED;
}

async function openAttempt(deps: PayDeps, request: PayRequest): Promise<Opened> {
  const { userId, key, body } = request;
  const order = await findOrder(deps, body.orderId);
  if (order === undefined) return NOT_YET;
  if (order.userId !== userId) return NOT_FOUND;
  const refused = whyNotPayable(order);
  if (refused !== undefined) return (await findBegun(deps, request)) ?? { refused };
  const { amountCents, currency } = order;
  const fields = { orderId: order.orderId, userId, channel: body.channel, amountCents, currency };
  const scenario = body.channel === "FAKE" ? (body.scenario ?? "succeed") : null;
  // A second id for the improbable case that the first is taken.
  for (const paymentId of [deps.newId(), deps.newId()]) {
    const attempt: Attempt = { ...fields, paymentId, scenario, status: "PENDING", failureCode: null };
    const result = await insertAttempt(deps.db, attempt, clientKey(key));
    if (result === "inserted") return { attempt, isNew: true };
    // Closed or paid since it was read.
    if (result === "not payable") return { refused: await whyRefused(deps, body.orderId) };
    const begun = await findBegun(deps, request);
    if (begun !== undefined) return begun;
  }
  return UNAVAILABLE;
}

async function findOrder(deps: PayDeps, orderId: string): Promise<PayOrder | undefined> {
  const known = (await readPayOrders(deps.db, [orderId])).get(orderId);
  return known ?? deps.orders.wait(orderId, { until: () => true, timeoutMs: ORDER_WAIT_MS });
}

async function whyRefused(deps: PayDeps, orderId: string): Promise<string> {
  const order = (await readPayOrders(deps.db, [orderId])).get(orderId);
  return (order && whyNotPayable(order)) ?? "ORDER_NOT_PAYABLE";
}
