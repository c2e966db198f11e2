import type { Cause } from "#platform/outbox/outgoing.ts";
import type { Outbox } from "#platform/outbox/outbox.ts";
import { type ProductOfSku, type Sku, skuChanged } from "./sku.ts";
import { saveSkus } from "./sku-store.ts";

/**
 * Writes SKUs as they now are and publishes the whole state of each under its next sequence, in the caller's transaction.
 * That must hold their rows, or be the one that creates them. Every change of a SKU or of its product's name goes this way.
 */
export async function changeSkus(
  trx: Parameters<typeof saveSkus>[0],
  changes: readonly { readonly sku: Sku; readonly product: ProductOfSku }[],
  { outbox, cause, now }: { outbox: Outbox; cause: Cause; now: Date },
): Promise<void> {
  const raised = changes.map(({ sku, product }) => ({ product, sku: { ...sku, seq: sku.seq + 1 } }));
  await saveSkus(
    trx,
    raised.map(({ sku }) => sku),
  );
  const events = raised.map(({ sku, product }) => skuChanged(sku, product));
  await outbox.append(trx, events, { cause, now });
}
