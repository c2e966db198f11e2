/** What a consumed order event must look like: nobody's word is taken for quantities, not even another service's. */
import { isId } from "#platform/consumer/event-checks.ts";
import { AppError } from "#platform/errors/app-error.ts";
import type { StockLine } from "#schemas/event-types.ts";

const MAX_QUANTITY = 99;

/** Throws AppError EVENT_NOT_SOUND, which parks the event, unless it is about the order that is its key. */
export function checkOrderId({ orderId }: { readonly orderId: string }, key: string): void {
  if (orderId !== key || !isId(orderId)) throw notSound("the key is not the order of the event");
}

/** Throws AppError EVENT_NOT_SOUND unless there are lines, each SKU once, of 1 to 99 units. */
export function checkLines(lines: readonly StockLine[]): void {
  if (lines.length === 0) throw notSound("there are no lines");
  for (const { skuId, quantity } of lines) {
    if (!isId(skuId)) throw notSound("a SKU id is none");
    if (!Number.isInteger(quantity) || quantity < 1 || quantity > MAX_QUANTITY)
      throw notSound("a quantity is out of bounds");
  }
  if (new Set(lines.map(({ skuId }) => skuId)).size < lines.length) throw notSound("a SKU comes twice");
}

/** Throws AppError EVENT_NOT_SOUND unless a paid order has the lines that were held for it. */
export function checkSameLines(held: readonly StockLine[], paid: readonly StockLine[]): void {
  const quantities = new Map(held.map(({ skuId, quantity }) => [skuId, quantity]));
  const isSame = held.length === paid.length && paid.every(({ skuId, quantity }) => quantities.get(skuId) === quantity);
  if (!isSame) throw notSound("other lines than were held");
}

function notSound(what: string): AppError {
  return new AppError({ code: "EVENT_NOT_SOUND", message: what, retry: "never" });
}
