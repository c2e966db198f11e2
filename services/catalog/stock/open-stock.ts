import type { Cause } from "#platform/outbox/outgoing.ts";
import type { Outbox } from "#platform/outbox/outbox.ts";
import type { DocumentId, SkuId } from "#schemas/event-types.ts";
import { type StockLevel, applyMovement, viewOf } from "./stock.ts";
import { stockReceived } from "./stock-events.ts";
import { insertMovements, saveLevels, saveSkuStates } from "./stock-store.ts";

export interface OpeningStock {
  readonly skuId: string;
  readonly units: number;
  readonly threshold: number;
}

/** First stock of new SKUs on sale, each a receipt `seed-<skuId>` like any other, in the caller's transaction. */
export async function openStock(
  trx: Parameters<typeof saveLevels>[0],
  opening: readonly OpeningStock[],
  { outbox, cause, now }: { outbox: Outbox; cause: Cause; now: Date },
): Promise<void> {
  const received = opening.map(({ skuId, units, threshold }) => {
    const empty = { onHand: 0, locked: 0, onSale: true, version: 0, threshold, low: units <= threshold, seq: 1 };
    const level: StockLevel = { ...empty, skuId: skuId as SkuId };
    const documentId = `seed-${skuId}` as DocumentId;
    const ref = `doc:${documentId}`;
    const movement = { ref, skuId: level.skuId, kind: "INBOUND", onHandDelta: units, lockedDelta: 0 } as const;
    applyMovement(level, movement);
    const ext = { reason: null, answer: viewOf(level) };
    return { level, movement: { ...movement, ext }, event: stockReceived(level, { documentId, quantity: units }) };
  });
  const levels = received.map(({ level }) => level);
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
