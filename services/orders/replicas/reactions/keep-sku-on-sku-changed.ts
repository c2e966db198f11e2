import { replication } from "#platform/consumer/reaction.ts";
import { SkuChanged } from "#schemas/event-types.ts";
import { eventInvalid, requireKey, requireMoney } from "#platform/consumer/event-checks.ts";
import { keep, type Replicas } from "../replicas.ts";

const NO_NAMES = { productName: "", skuCode: "", attributes: {}, currency: "" };
const NO_NUMBERS = { productId: "0", categoryId: "0", brandId: "0", priceCents: 0, priceVersion: 0, onSale: false };

export const keepSkuOnSkuChanged = replication({
  on: SkuChanged,
  decide({ skus }: Replicas, sku, _now, { key }) {
    requireKey(sku?.skuId ?? key, key);
    if (sku) requireMoney(sku.priceCents, sku.currency);
    if (sku && !(sku.priceVersion >= 1)) throw eventInvalid("priceVersion starts at 1");
    const state = sku ?? ({ skuId: key, ...NO_NAMES, ...NO_NUMBERS } as unknown as SkuChanged);
    keep(skus, key, { ...state, deleted: sku === null });
  },
});
