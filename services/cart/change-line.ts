/** What a shopper does to a line of the own cart. Each change gives the line a version that the cart never gave before. */
import { inTransaction, rollback } from "#platform/database/database.ts";
import { validationFailed } from "#platform/http/problem.ts";
import type { Refusal } from "#platform/http/route.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { RowWaiter } from "#platform/waiting/row-waiter.ts";
import { type CartLine, MAX_LINES, MAX_QUANTITY } from "./cart.ts";
import { addToLine, countLines, findLine, nextLineVersion, setLine } from "./cart-store.ts";
import type { SkuRow } from "./sku-replica.ts";
import { readSkus } from "./sku-store.ts";

export interface CartDeps extends Pick<Backbone, "db"> {
  readonly skus: Pick<RowWaiter<SkuRow>, "wait">;
}

interface Change {
  readonly userId: string;
  readonly skuId: string;
  readonly quantity: number;
}

const SKU_WAIT_MS = 2_000;
const NOT_KNOWN_YET: Refusal = { refused: "SKU_NOT_KNOWN_YET", retryAfterSeconds: 1 };

/** Adds to the line of a SKU, or makes it; a SKU the replica has not heard of is waited for. */
export async function addItem(
  { db, skus }: CartDeps,
  change: Change & { selected: boolean },
): Promise<CartLine | Refusal> {
  const { userId, skuId } = change;
  const known = (await readSkus(db, [skuId])).get(skuId);
  const sku = known ?? (await skus.wait(skuId, { until: () => true, timeoutMs: SKU_WAIT_MS }));
  if (sku === undefined) return NOT_KNOWN_YET;
  if (!sku.onSale) return { refused: "SKU_OFF_SALE" };
  return inTransaction(db, async (trx) => {
    await nextLineVersion(trx, userId);
    await addToLine(trx, { ...change, priceCents: sku.priceCents });
    const line = (await findLine(trx, userId, skuId))!;
    if (line.quantity > MAX_QUANTITY) throw tooMany("quantity", `${MAX_QUANTITY} of one SKU`);
    if ((await countLines(trx, userId)) > MAX_LINES) throw tooMany("skuId", `${MAX_LINES} different SKUs`);
    return line;
  });
}

/** Sets a line that is there; undefined when it is not. */
export function setItem(
  { db }: CartDeps,
  change: Change & { selected: boolean | undefined },
): Promise<CartLine | undefined> {
  return inTransaction(db, async (trx) => {
    await nextLineVersion(trx, change.userId);
    if (!(await setLine(trx, change))) return rollback(undefined);
    return findLine(trx, change.userId, change.skuId);
  });
}

function tooMany(path: string, most: string): Error {
  return validationFailed([{ path, message: `a cart holds at most ${most}` }]);
}
