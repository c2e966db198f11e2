/** The gateway's word becomes rows and events, under the lock of the order: use cases, callbacks and jobs all pass here. */
import { inTransaction } from "#platform/database/database.ts";
import { AppError } from "#platform/errors/app-error.ts";
import type { Claim, Idempotency } from "#platform/http/idempotency.ts";
import type { Answer } from "#platform/http/route.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { Cause, OutgoingEvent } from "#platform/outbox/outgoing.ts";
import { type Attempt, type Settlement, settle } from "./payment.ts";
import type { Outcome } from "./payment-channel.ts";
import { paymentFailed, paymentSucceeded } from "./payment-events.ts";
import { type LockedAttempt, lockAttempt, saveSettlement } from "./payment-store.ts";
import { insertRefunds } from "./refund-store.ts";

export interface SettleDeps extends Pick<Backbone, "db" | "outbox" | "poke"> {
  readonly idempotency: Idempotency;
  newId(): string;
  /** Call when a refund may be due. */
  pokeRefunds(): void;
  /** Something that somebody has to look at: to the log and the metric. */
  finding(kind: "contradiction" | "amount mismatch", fields: Readonly<Record<string, unknown>>): void;
}

interface Word {
  readonly attempt: Pick<Attempt, "orderId" | "paymentId">;
  readonly outcome: Outcome;
  readonly cause: Cause;
  /** Answered in the same transaction, with the attempt as it then is. */
  readonly claim?: Claim;
}

/** Returns the attempt as it now is. Throws IDEMPOTENCY_CLAIM_LOST when somebody else took the request over. */
export async function settleAttempt(deps: SettleDeps, { attempt: ids, outcome, cause, claim }: Word): Promise<Attempt> {
  const { after, step, was } = await inTransaction(deps.db, async (trx) => {
    const locked = await lockAttempt(trx, ids);
    if (locked === undefined)
      throw new AppError({ code: "ATTEMPT_LOST", message: "the attempt is gone", retry: "never" });
    const { order, attempt, now } = locked;
    const step = settle(order.state, attempt.status, outcome.state);
    const isChanged = step.attempt !== attempt.status;
    const failureCode = outcome.state === "FAILED" ? outcome.failureCode : null;
    const after: Attempt = isChanged ? { ...attempt, status: step.attempt, failureCode } : attempt;
    if (isChanged) {
      const events = eventsOf(step, after, { seq: order.seq + 1, now });
      const gatewayRef = outcome.state === "SUCCEEDED" ? outcome.gatewayRef : null;
      await saveSettlement(trx, after, { ...step, seq: order.seq + events.length, gatewayRef, failureCode, now });
      if (after.status === "DUPLICATE") await insertRefunds(trx, [refundOf(deps, after)], now);
      if (events.length > 0) await deps.outbox.append(trx, events, { cause, now });
    }
    if (claim !== undefined) await deps.idempotency.finish(trx, claim, answerOf(after));
    return { after, step, was: attempt.status };
  });
  if (step.emits !== "nothing") deps.poke();
  if (after.status === "DUPLICATE") deps.pokeRefunds();
  if (step.contradicts) deps.finding("contradiction", { ...ids, was, told: outcome.state });
  return after;
}

function eventsOf(step: Settlement, attempt: Attempt, at: { seq: number; now: LockedAttempt["now"] }): OutgoingEvent[] {
  if (step.emits === "nothing") return [];
  return [step.emits === "PaymentSucceeded" ? paymentSucceeded(attempt, at) : paymentFailed(attempt, at)];
}

function refundOf(deps: SettleDeps, { paymentId, orderId, amountCents, currency }: Attempt) {
  const refundId = deps.newId();
  return { refundId, paymentId, orderId, amountCents, currency, reason: "DUPLICATE_PAYMENT" as const };
}

/** The attempt as its owner sees it. */
export function viewOf(attempt: Attempt) {
  const { paymentId, orderId, channel, status, amountCents, currency, failureCode } = attempt;
  const view = { paymentId, orderId, channel, status, amountCents, currency };
  return failureCode === null ? view : { ...view, failureCode };
}

export function answerOf(attempt: Attempt): Answer {
  return { status: 201, body: viewOf(attempt) };
}
