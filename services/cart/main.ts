import { openBackbone } from "#platform/lifecycle/backbone.ts";
import { runService } from "#platform/lifecycle/run-service.ts";
import { createLogger } from "#platform/logging/logger.ts";
import { createRowWaiter } from "#platform/waiting/row-waiter.ts";
import { cartDeadLetterV1 } from "#topics/cart.dead-letter.v1.ts";
import { orderReactions, skuReactions } from "./cart-reactions.ts";
import { config } from "./config.ts";
import { cartRoutes } from "./routes.ts";
import { readSkus } from "./sku-store.ts";

const log = createLogger({ service: "cart", instance: config.service.instanceId, level: config.service.logLevel });

await runService({
  name: "cart",
  log,
  start: async (stopping) => {
    const backbone = openBackbone({ name: "cart", config, emits: [cartDeadLetterV1], log, stopping });
    const skus = createRowWaiter({
      read: (ids) => readSkus(backbone.db, ids),
      onError: (error) => log.warn({ err: error }, "waiting for a SKU: not read"),
    });
    stopping.add("waiting requests", () => skus.stop());
    backbone.react([orderReactions, skuReactions], skus.wake);
    await backbone.serve(cartRoutes({ db: backbone.db, skus }));
  },
});
