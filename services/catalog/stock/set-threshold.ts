import { databaseNow, inTransaction } from "#platform/database/database.ts";
import type { Refusal } from "#platform/http/route.ts";
import type { Cause } from "#platform/outbox/outgoing.ts";
import { type StockView, noteCrossing, viewOf } from "./stock.ts";
import { type StockKeeping, UNKNOWN_SKU } from "./stock-keeping.ts";
import { lockLevels, saveSkuStates } from "./stock-store.ts";

/** Sets at how many free units the stock counts as low; a threshold moved past them is a crossing like any other. */
export async function setThreshold(
  { db, outbox, poke }: StockKeeping,
  { skuId, threshold }: { skuId: string; threshold: number },
  cause: Cause,
): Promise<StockView | Refusal> {
  const outcome = await inTransaction(db, async (trx): Promise<StockView | Refusal> => {
    const [level] = await lockLevels(trx, [skuId]);
    if (!level) return UNKNOWN_SKU;
    level.threshold = threshold;
    const events = noteCrossing(level);
    await saveSkuStates(trx, [level]);
    if (events.length > 0) await outbox.append(trx, events, { cause, now: await databaseNow(trx) });
    return viewOf(level);
  });
  poke();
  return outcome;
}
