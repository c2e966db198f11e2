/**
 * Gives money back. Each refund is asked for under its own id until the channel says a final word; between two tries 1 s to
 * 10 min. Two jobs at once are merely wasteful: a try is taken by a conditional update, and the channel knows the id.
 */
import { inTransaction } from "#platform/database/database.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { Logger } from "#platform/logging/logger.ts";
import type { Cause } from "#platform/outbox/outgoing.ts";
import type { Channels, RefundOutcome } from "./payment-channel.ts";
import { refundFailed, refundSucceeded } from "./payment-events.ts";
import { finishRefund, lockPayOrder, type OpenRefund, readDueRefunds, takeRefundTry } from "./refund-store.ts";

export interface RefundDeps extends Pick<Backbone, "db" | "outbox" | "poke"> {
  readonly channels: Channels;
  readonly maxTries: number;
  readonly log: Logger;
  cause(): Cause;
}

const PAGE = 50;
const BACK_OFF_MS = { first: 1_000, last: 600_000 };

/** Tries every refund that is due, until none is. */
export async function refundPayments(deps: RefundDeps): Promise<void> {
  for (;;) {
    const due = await readDueRefunds(deps.db, PAGE);
    for (const refund of due) await tryRefund(deps, refund);
    if (due.length < PAGE) return;
  }
}

async function tryRefund(deps: RefundDeps, refund: OpenRefund): Promise<void> {
  const backOffMs = Math.min(BACK_OFF_MS.first * 2 ** Math.min(refund.tries, 20), BACK_OFF_MS.last);
  if (!(await takeRefundTry(deps.db, refund, backOffMs))) return;
  const outcome = await ask(deps, refund);
  if (outcome.state === "SUCCEEDED") return finish(deps, refund, null);
  if (outcome.state === "FAILED") return finish(deps, refund, outcome.failureCode);
  if (refund.tries + 1 >= deps.maxTries) return finish(deps, refund, "GAVE_UP");
}

async function ask({ channels, log }: RefundDeps, refund: OpenRefund): Promise<RefundOutcome> {
  const { refundId, tries } = refund;
  try {
    const outcome = await channels.get(refund.channel)?.refund(refund);
    return outcome ?? { state: "PENDING" };
  } catch (error) {
    // Unknown is not failed: it is asked for again under the same id.
    log.warn({ err: error, refundId, tries: tries + 1 }, "refund not answered, tried again later");
    return { state: "PENDING" };
  }
}

async function finish(deps: RefundDeps, refund: OpenRefund, failureCode: string | null): Promise<void> {
  await inTransaction(deps.db, async (trx) => {
    const { seq: last, now } = await lockPayOrder(trx, refund.orderId);
    const seq = last + 1;
    if (!(await finishRefund(trx, refund, { failureCode, seq, now }))) return;
    const event = failureCode === null ? refundSucceeded(refund, seq) : refundFailed(refund, failureCode, seq);
    await deps.outbox.append(trx, [event], { cause: deps.cause(), now });
  });
  deps.poke();
  if (failureCode !== null) deps.log.error({ refundId: refund.refundId, failureCode }, "refund given up");
}
