import { createIdempotency } from "#platform/http/idempotency.ts";
import { createIds } from "#platform/ids/ids.ts";
import { openBackbone } from "#platform/lifecycle/backbone.ts";
import { runService } from "#platform/lifecycle/run-service.ts";
import { createLogger } from "#platform/logging/logger.ts";
import { createRowWaiter } from "#platform/waiting/row-waiter.ts";
import { ordersDeadLetterV1 } from "#topics/orders.dead-letter.v1.ts";
import { ordersOrderV1 } from "#topics/orders.order.v1.ts";
import { createAddressVault } from "./address-vault.ts";
import { createPartsReader } from "./order-parts.ts";
import { config } from "./config.ts";
import { orderReactions } from "./order-reactions.ts";
import { readPulses } from "./order-store.ts";
import { replicaReactions } from "./replicas/replica-reactions.ts";
import { readAddresses, readSkus } from "./replicas/replica-store.ts";
import { ordersRoutes } from "./routes.ts";
import { startJobs } from "./start-jobs.ts";

const { instanceId, logLevel } = config.service;
const log = createLogger({ service: "orders", instance: instanceId, level: logLevel });

await runService({
  name: "orders",
  log,
  start: async (stopping) => {
    const emits = [ordersOrderV1, ordersDeadLetterV1];
    const backbone = openBackbone({ name: "orders", config, emits, log, stopping });
    const { db } = backbone;
    const onError = (error: unknown): void => log.debug({ err: error }, "waiting requests look again");
    const waits = {
      orders: createRowWaiter({ read: (ids) => readPulses(db, ids), onError }),
      skus: createRowWaiter({ read: (ids) => readSkus(db, ids), onError }),
      addresses: createRowWaiter({ read: (ids) => readAddresses(db, ids), onError }),
    };
    const wake = (): void => Object.values(waits).forEach((waiter) => waiter.wake());
    stopping.add("waits", () => Object.values(waits).forEach((waiter) => waiter.stop()));
    const committed = (): void => {
      backbone.poke();
      waits.orders.wake();
    };
    const { limits, paymentWindowMs, autoReceiptMs, piiRetentionMs, idempotencyKeptMs } = config;
    const vault = createAddressVault({ transport: config.addressTransportKeys, master: config.piiMasterKeys });
    const jobs = startJobs({
      ...backbone,
      log,
      instanceId,
      vault,
      committed,
      autoReceiptMs,
      piiRetentionMs,
      idempotencyKeptMs,
    });
    stopping.add("jobs", () => jobs.stop());
    backbone.react([orderReactions, replicaReactions], wake);
    await backbone.serve(
      ordersRoutes({
        ...backbone,
        ...limits,
        idempotency: createIdempotency({ db }),
        vault,
        parts: createPartsReader(),
        newId: createIds(),
        paymentWindowMs,
        limits,
        waits,
        committed,
      }),
    );
  },
});
