import { replication } from "#platform/consumer/reaction.ts";
import { SkuChanged } from "#schemas/event-types.ts";
import { eventInvalid, requireKey, requireMoney } from "../../event-checks.ts";
import type { Replicas } from "../replicas.ts";

export const keepSkuOnSkuChanged = replication({
  on: SkuChanged,
  decide({ skus }: Replicas, sku, _now, { key }) {
    requireKey(sku?.skuId ?? key, key);
    if (sku) requireMoney(sku.priceCents, sku.currency);
    if (sku && !(sku.priceVersion >= 1)) throw eventInvalid("priceVersion starts at 1");
    skus.put(key, sku);
  },
});
