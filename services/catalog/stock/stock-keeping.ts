/** What the merchant's use cases of stock share: a document is booked once, under the lock of the SKU's rows. */
import { inTransaction, databaseNow } from "#platform/database/database.ts";
import { validationFailed } from "#platform/http/problem.ts";
import type { Refusal } from "#platform/http/route.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { Cause, OutgoingEvent } from "#platform/outbox/outgoing.ts";
import { type StockLevel, type StockView, applyMovement, noteCrossing, viewOf } from "./stock.ts";
import { findDocument } from "./ledger-store.ts";
import { insertMovements, lockLevels, saveLevels, saveSkuStates } from "./stock-store.ts";

export interface StockKeeping extends Pick<Backbone, "db" | "outbox" | "poke"> {
  /** Called after a commit with the versions that the stock of SKUs now has. */
  stockChanged(versions: ReadonlyMap<string, number>): void;
}

export interface StockDocument {
  readonly skuId: string;
  /** The merchant's; unique per SKU. */
  readonly documentId: string;
  readonly kind: "INBOUND" | "ADJUST";
  /** Units added, or taken away when negative. */
  readonly delta: number;
  readonly reason: string | null;
}

export const UNKNOWN_SKU: Refusal = { refused: "NOT_FOUND", status: 404 };

// Far above any warehouse and far below what the column holds.
const MAX_ON_HAND = 1_000_000_000;

/**
 * Books a document: quantities change relative to what the locked rows say, the ledger keeps the document with its answer,
 * `told` is published. The same document again gives the first answer and changes nothing; with other content it is
 * refused. Throws VALIDATION_FAILED when there would be more than 1,000,000,000 units.
 */
export async function bookDocument(
  { db, outbox, poke, stockChanged }: StockKeeping,
  document: StockDocument,
  { cause, told }: { cause: Cause; told(level: StockLevel): OutgoingEvent },
): Promise<StockView | Refusal> {
  const { skuId, documentId, kind, delta, reason } = document;
  let version: number | undefined;
  const outcome = await inTransaction(db, async (trx): Promise<StockView | Refusal> => {
    version = undefined;
    const [level] = await lockLevels(trx, [skuId]);
    if (!level) return UNKNOWN_SKU;
    const ref = `doc:${documentId}`;
    const booked = await findDocument(trx, ref, skuId);
    if (booked) {
      const isSame = booked.kind === kind && booked.delta === delta && booked.reason === reason;
      return isSame ? booked.answer : { refused: "DOCUMENT_CONFLICT" };
    }
    if (level.onHand + delta < level.locked) return { refused: "STOCK_HELD_BY_ORDERS", details: { ...viewOf(level) } };
    if (level.onHand + delta > MAX_ON_HAND)
      throw validationFailed([{ path: kind === "INBOUND" ? "quantity" : "delta", message: "too many units" }]);
    const now = await databaseNow(trx);
    const movement = { ref, skuId: level.skuId, kind, onHandDelta: delta, lockedDelta: 0 };
    applyMovement(level, movement);
    level.seq += 1;
    const events = [told(level), ...noteCrossing(level)];
    const answer = viewOf(level);
    await insertMovements(trx, [{ ...movement, ext: { reason, answer } }], now);
    await saveLevels(trx, [level]);
    await saveSkuStates(trx, [level]);
    await outbox.append(trx, events, { cause, now });
    version = level.version + 1;
    return answer;
  });
  if (version !== undefined) stockChanged(new Map([[skuId, version]]));
  poke();
  return outcome;
}
