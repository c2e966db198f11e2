import type { Refusal } from "#platform/http/route.ts";
import type { Cause } from "#platform/outbox/outgoing.ts";
import type { DocumentId } from "#schemas/event-types.ts";
import type { StockView } from "./stock.ts";
import { stockReceived } from "./stock-events.ts";
import { type StockKeeping, bookDocument } from "./stock-keeping.ts";

/** Goods came in: `quantity` units, at least 1. */
export function receiveStock(
  deps: StockKeeping,
  receipt: { skuId: string; documentId: string; quantity: number },
  cause: Cause,
): Promise<StockView | Refusal> {
  const { skuId, documentId, quantity } = receipt;
  return bookDocument(
    deps,
    { skuId, documentId, kind: "INBOUND", delta: quantity, reason: null },
    { cause, told: (level) => stockReceived(level, { documentId: documentId as DocumentId, quantity }) },
  );
}
