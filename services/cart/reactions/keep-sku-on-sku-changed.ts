import { replication } from "#platform/consumer/reaction.ts";
import { SkuChanged } from "#schemas/event-types.ts";
import { requireKey, requireMoney } from "#platform/consumer/event-checks.ts";
import type { SkuReplica } from "../sku-replica.ts";

export const keepSkuOnSkuChanged = replication({
  on: SkuChanged,
  decide(skus: SkuReplica, sku, _now, { key }) {
    requireKey(sku?.skuId ?? key, key);
    if (sku === null) return skus.remove(key);
    requireMoney(sku.priceCents, sku.currency);
    skus.put(sku);
  },
});
