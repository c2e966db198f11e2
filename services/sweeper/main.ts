import { openBackbone } from "#platform/lifecycle/backbone.ts";
import { runService } from "#platform/lifecycle/run-service.ts";
import { createLogger } from "#platform/logging/logger.ts";
import { createLease } from "#platform/outbox/lease.ts";
import { sweeperDeadLetterV1 } from "#topics/sweeper.dead-letter.v1.ts";
import { sweeperTimeoutV1 } from "#topics/sweeper.timeout.v1.ts";
import { config } from "./config.ts";
import { startSweeping } from "./start-sweeping.ts";
import { sweepOverdueOrders } from "./sweep-overdue-orders.ts";
import { sweeperReactions } from "./sweeper-reactions.ts";

const { instanceId, logLevel } = config.service;
const log = createLogger({ service: "sweeper", instance: instanceId, level: logLevel });

await runService({
  name: "sweeper",
  log,
  start: async (stopping) => {
    const emits = [sweeperTimeoutV1, sweeperDeadLetterV1];
    const backbone = openBackbone({ name: "sweeper", config, emits, log, stopping });
    const lease = createLease(backbone.db, "sweep", instanceId);
    backbone.react([sweeperReactions]);
    let isStopping = false;
    const deps = { ...backbone, lease, stopping: () => isStopping };
    const sweeping = startSweeping({
      cron: config.sweepCron,
      log,
      sweep: (sweepMs) => sweepOverdueOrders(deps, sweepMs),
    });
    stopping.add("sweep", async () => {
      isStopping = true;
      await sweeping.stop();
      await lease.release();
    });
    await backbone.serve([]);
  },
});
