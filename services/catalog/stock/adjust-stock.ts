import type { Refusal } from "#platform/http/route.ts";
import type { Cause } from "#platform/outbox/outgoing.ts";
import type { DocumentId } from "#schemas/event-types.ts";
import type { StockView } from "./stock.ts";
import { stockAdjusted } from "./stock-events.ts";
import { type StockKeeping, bookDocument } from "./stock-keeping.ts";

/** A stocktake found `delta` units more, or fewer when negative; never below what orders hold. */
export function adjustStock(
  deps: StockKeeping,
  adjustment: { skuId: string; documentId: string; delta: number; reason: string },
  cause: Cause,
): Promise<StockView | Refusal> {
  const { skuId, documentId, delta, reason } = adjustment;
  return bookDocument(
    deps,
    { skuId, documentId, kind: "ADJUST", delta, reason },
    { cause, told: (level) => stockAdjusted(level, { documentId: documentId as DocumentId, delta, reason }) },
  );
}
