import { createIdempotency, cleanIdempotencyKeys } from "#platform/http/idempotency.ts";
import { traceparentFrom } from "#platform/http/trace-context.ts";
import { createIds, eventIdV7 } from "#platform/ids/ids.ts";
import { type Backbone, openBackbone } from "#platform/lifecycle/backbone.ts";
import { runService, type Stopping } from "#platform/lifecycle/run-service.ts";
import { startJob } from "#platform/lifecycle/start-job.ts";
import { createLogger } from "#platform/logging/logger.ts";
import { createLease } from "#platform/outbox/lease.ts";
import type { Cause } from "#platform/outbox/outgoing.ts";
import { createNonceStore, type NonceStore } from "#platform/security/nonce-store.ts";
import { createRowWaiter } from "#platform/waiting/row-waiter.ts";
import { paymentDeadLetterV1 } from "#topics/payment.dead-letter.v1.ts";
import { paymentPaymentV1 } from "#topics/payment.payment.v1.ts";
import { config } from "./config.ts";
import { openChannels } from "./open-channels.ts";
import type { PayDeps } from "./pay-order.ts";
import { paymentReactions } from "./payment-reactions.ts";
import { readPayOrders } from "./payment-store.ts";
import { refundPayments } from "./refund-payments.ts";
import { resumeAbandonedPayments } from "./resume-abandoned-payments.ts";
import { paymentRoutes } from "./routes.ts";
import { watchCallbacks } from "./watch-callbacks.ts";

const { instanceId, logLevel } = config.service;
const log = createLogger({ service: "payment", instance: instanceId, level: logLevel });
const newId = createIds();
const KEY_KEPT_MS = 7 * 24 * 3_600_000;

await runService({
  name: "payment",
  log,
  start: async (stopping) => {
    const emits = [paymentPaymentV1, paymentDeadLetterV1];
    const backbone = openBackbone({ name: "payment", config, emits, log, stopping });
    const { callbackKeys, isFakeAllowed } = config;
    const { production } = config.service;
    const channels = openChannels({ production, isFakeAllowed, callbackKeys, nonces: openNonces(backbone) });
    if (channels.size === 0) log.warn("no payment channel is open: FAKE is closed in production");
    const orders = createRowWaiter({
      read: (ids) => readPayOrders(backbone.db, ids),
      onError: (error) => log.warn({ err: error }, "waiting for an order: not read"),
    });
    stopping.add("waiting requests", () => orders.stop());
    const refunds = startJob({
      name: "refunds",
      everyMs: 2_000,
      log,
      run: () => refundPayments({ ...backbone, channels, maxTries: config.refundMaxTries, log, cause: jobCause }),
    });
    stopping.add("refunds", refunds.stop);
    const deps: PayDeps = {
      ...backbone,
      channels,
      orders,
      newId,
      idempotency: createIdempotency(backbone),
      pokeRefunds: refunds.poke,
      finding: findings(backbone),
    };
    startKeeping(deps, stopping);

    let isRefundDue = false;
    const reactions = paymentReactions({ newId, onRefund: () => void (isRefundDue = true) });
    backbone.react([reactions], () => {
      orders.wake();
      if (isRefundDue) refunds.poke();
      isRefundDue = false;
    });
    await backbone.serve(paymentRoutes(deps), { verifySignature: watchCallbacks(channels, log) });
  },
});

function openNonces({ redis }: Backbone): NonceStore {
  const nonces = createNonceStore(redis);
  // At once, and whenever Redis comes back, perhaps empty: a marker set by the first signed request would refuse it.
  const prepare = (): void =>
    void nonces.prepare().catch((error: unknown) => log.warn({ err: error }, "nonce store not prepared"));
  redis.on("ready", prepare);
  if (redis.status === "ready") prepare();
  return nonces;
}

function findings({ metrics }: Backbone): PayDeps["finding"] {
  const counter = metrics.counter("payment_findings_total", "Things that somebody has to look at", ["kind"]);
  return (kind, fields) => {
    counter.inc({ kind });
    log.error({ finding: kind, ...fields }, "payment finding");
  };
}

/** What brings abandoned requests to their end, and forgets old keys. */
function startKeeping(deps: PayDeps, stopping: Stopping): void {
  const run = (): Promise<void> => resumeAbandonedPayments(deps, jobCause);
  const resuming = startJob({ name: "resume", everyMs: 10_000, log, run });
  stopping.add("resume", resuming.stop);
  const lease = createLease(deps.db, "idempotency-cleaner", instanceId);
  const clean = async (): Promise<unknown> => (await lease.held()) && cleanIdempotencyKeys(deps.db, KEY_KEPT_MS);
  const cleaning = startJob({ name: "idempotency-cleaner", everyMs: 3_600_000, log, run: clean });
  stopping.add("idempotency-cleaner", cleaning.stop);
}

function jobCause(): Cause {
  return { correlationId: `job-${eventIdV7()}`, causationId: "clock", traceparent: traceparentFrom(undefined) };
}
