import { openCaches } from "#platform/cache/caches.ts";
import { createIds } from "#platform/ids/ids.ts";
import { openBackbone } from "#platform/lifecycle/backbone.ts";
import { runService } from "#platform/lifecycle/run-service.ts";
import { createLogger } from "#platform/logging/logger.ts";
import { catalogStockDeadLetterV1 } from "#topics/catalog-stock.dead-letter.v1.ts";
import { catalogInventoryV1 } from "#topics/catalog.inventory.v1.ts";
import { catalogSkuV1 } from "#topics/catalog.sku.v1.ts";
import { catalogStockV1 } from "#topics/catalog.stock.v1.ts";
import { config } from "./config.ts";
import { createShopWindow } from "./products/shop-window.ts";
import { ownerOfSkus } from "./products/tell-skus-again.ts";
import { catalogRoutes } from "./routes.ts";
import { stockReactions } from "./stock/stock-reactions.ts";

const { instanceId, logLevel } = config.service;
const log = createLogger({ service: "catalog", instance: instanceId, level: logLevel });

await runService({
  name: "catalog",
  log,
  start: async (stopping) => {
    const emits = [catalogStockV1, catalogInventoryV1, catalogSkuV1, catalogStockDeadLetterV1];
    const backbone = openBackbone({ name: "catalog", config, emits, log, stopping });
    const alerts = backbone.metrics.counter(
      "stock_cancelled_after_deduction_total",
      "Orders cancelled with goods gone",
    );
    const caches = openCaches({ service: "catalog", redis: backbone.redis, log, metrics: backbone.metrics });
    stopping.add("caches", () => caches.stop());
    const window = createShopWindow({ db: backbone.db, caches, ...config.cache });
    const { stockChanged } = window;
    const saved = new Map<string, number>();
    const reactions = stockReactions({
      alert(orderIds) {
        alerts.inc(orderIds.length);
        log.error({ orderIds }, "cancelled after the goods were deducted: only a return may restock them");
      },
      saved: (versions) => {
        for (const [skuId, version] of versions) saved.set(skuId, version);
      },
    });
    backbone.react([reactions], () => {
      stockChanged(saved);
      saved.clear();
    });
    backbone.keepCompacted(ownerOfSkus(backbone));
    await backbone.serve(catalogRoutes({ ...backbone, window, stockChanged, newId: createIds() }));
  },
});
