import type { Transaction } from "#platform/database/database.ts";
import { lockLevels, saveOnSale } from "./stock-store.ts";

/**
 * Writes whether SKUs may be ordered, under the lock that orders take, in the ascending order in which they take it. Returns
 * the versions that their stock now has. `skuIds` must be ascending.
 */
export async function setStockOnSale(
  trx: Transaction,
  skuIds: readonly string[],
  onSale: ReadonlyMap<string, boolean>,
): Promise<ReadonlyMap<string, number>> {
  const levels = (await lockLevels(trx, skuIds)).map((level) => ({
    ...level,
    onSale: onSale.get(level.skuId) === true,
  }));
  await saveOnSale(trx, levels);
  return new Map(levels.map(({ skuId, version }) => [skuId, version + 1]));
}
