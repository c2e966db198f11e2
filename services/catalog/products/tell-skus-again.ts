import { databaseNow, inTransaction } from "#platform/database/database.ts";
import { traceparentFrom } from "#platform/http/trace-context.ts";
import { eventIdV7 } from "#platform/ids/ids.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { CompactedOwner } from "#platform/outbox/repair-compacted-topic.ts";
import { catalogSkuV1 } from "#topics/catalog.sku.v1.ts";
import { changeSkus } from "./change-skus.ts";
import { lockShelves } from "./keeping/shelf-store.ts";
import { productsOfSkus, readSkuSequences } from "./sku-store.ts";

/** The catalogue as the owner of its compacted topic: what SKUs there are, and how to tell their present state again. */
export function ownerOfSkus({ db, outbox }: Pick<Backbone, "db" | "outbox">): CompactedOwner {
  return {
    topic: catalogSkuV1,
    readPage: (after, limit) => readSkuSequences(db, { after, limit }),
    emitAgain: (keys) =>
      inTransaction(db, async (trx) => {
        const expected = new Map(keys.map(({ key, seq }) => [key, seq]));
        const shelves = await lockShelves(trx, await productsOfSkus(trx, [...expected.keys()]));
        const changes = [...shelves.values()].flatMap(({ product, skus }) =>
          [...skus.values()].flatMap((sku) => (expected.get(sku.skuId) === sku.seq ? [{ sku, product }] : [])),
        );
        if (changes.length === 0) return 0;
        const id = eventIdV7();
        const cause = { correlationId: id, causationId: id, traceparent: traceparentFrom(undefined) };
        await changeSkus(trx, changes, { outbox, cause, now: await databaseNow(trx) });
        return changes.length;
      }),
  };
}
