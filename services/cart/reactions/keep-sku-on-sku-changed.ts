import { replication } from "#platform/consumer/reaction.ts";
import { SkuChanged } from "#schemas/event-types.ts";
import type { SkuReplica } from "../sku-replica.ts";

export const keepSkuOnSkuChanged = replication({
  on: SkuChanged,
  decide(skus: SkuReplica, sku, _now, event) {
    if (sku === null) skus.remove(event.key);
    else skus.put(sku);
  },
});
