import type { Transaction } from "#platform/database/database.ts";
import type { Cause } from "#platform/outbox/outgoing.ts";
import type { Outbox } from "#platform/outbox/outbox.ts";
import type { DocumentId, SkuId } from "#schemas/event-types.ts";
import { type StockLevel, applyMovement, viewOf } from "./stock.ts";
import { stockReceived } from "./stock-events.ts";
import { insertMovements, saveLevels, saveSkuStates } from "./stock-store.ts";

export interface OpeningStock {
  readonly skuId: string;
  /** 0 for an SKU whose goods are still to come. */
  readonly units: number;
  readonly threshold: number;
  readonly onSale: boolean;
}

/** First stock of new SKUs, each a receipt `seed-<skuId>` like any other, in the caller's transaction. */
export async function openStock(
  trx: Transaction,
  opening: readonly OpeningStock[],
  { outbox, cause, now }: { outbox: Outbox; cause: Cause; now: Date },
): Promise<void> {
  const levels = opening.map(levelOf);
  const received = levels.flatMap((level, at) => {
    const units = opening[at]?.units ?? 0;
    return units > 0 ? [firstReceipt(level, units)] : [];
  });
  await saveLevels(trx, levels);
  await saveSkuStates(trx, levels);
  await insertMovements(
    trx,
    received.map(({ movement }) => movement),
    now,
  );
  await outbox.append(
    trx,
    received.map(({ event }) => event),
    { cause, now },
  );
}

function levelOf({ skuId, units, threshold, onSale }: OpeningStock): StockLevel {
  const empty = { onHand: 0, locked: 0, onSale, version: 0, threshold, low: units <= threshold, seq: 0 };
  return { ...empty, skuId: skuId as SkuId };
}

function firstReceipt(level: StockLevel, units: number) {
  const documentId = `seed-${level.skuId}` as DocumentId;
  const ref = `doc:${documentId}`;
  const movement = { ref, skuId: level.skuId, kind: "INBOUND", onHandDelta: units, lockedDelta: 0 } as const;
  level.seq += 1;
  applyMovement(level, movement);
  const ext = { reason: null, answer: viewOf(level) };
  return { movement: { ...movement, ext }, event: stockReceived(level, { documentId, quantity: units }) };
}
