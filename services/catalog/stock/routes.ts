/** The merchant's routes of stock. */
import { z } from "zod";
import { decodeCursor, encodeCursor } from "#platform/http/cursor.ts";
import { idText, pageQuery, timeText, trimmedText } from "#platform/http/fields.ts";
import { clientError } from "#platform/http/problem.ts";
import { type Answer, type Refusal, type Route, route } from "#platform/http/route.ts";
import { adjustStock } from "./adjust-stock.ts";
import { type LedgerRow, readLedger, readLevel } from "./ledger-store.ts";
import { isId } from "#platform/consumer/event-checks.ts";
import { receiveStock } from "./receive-stock.ts";
import { setThreshold } from "./set-threshold.ts";
import { type StockView, viewOf } from "./stock.ts";
import { type StockKeeping, UNKNOWN_SKU } from "./stock-keeping.ts";

const MAX_UNITS = 1_000_000;
const ofSku = z.strictObject({ skuId: idText });
const units = z.int().min(0);
// The ledger's reference is `doc:` and this, in 64 bytes.
const documentId = z.string().regex(/^[\x21-\x7e]{1,60}$/, "must be 1 to 60 visible ASCII characters");
const receipt = z.strictObject({ documentId, quantity: z.int().min(1).max(MAX_UNITS) });
const adjustment = z.strictObject({
  documentId,
  delta: z
    .int()
    .min(-MAX_UNITS)
    .max(MAX_UNITS)
    .refine((delta) => delta !== 0, "must not be 0")
    .meta({ not: { const: 0 } }),
  reason: trimmedText(200),
});
const threshold = z.strictObject({ threshold: units.max(MAX_UNITS) });
const stock = z.strictObject({ skuId: idText, onHand: units, locked: units, available: units, threshold: units });
const record = z.strictObject({
  recordId: idText,
  kind: z.enum(["LOCK", "DEDUCT", "RELEASE", "RELOCK", "INBOUND", "ADJUST"]),
  orderId: idText.nullable(),
  documentId: z.string().nullable(),
  onHandDelta: z.int(),
  lockedDelta: z.int(),
  reason: z.string().nullable(),
  at: timeText,
});
const records = z.strictObject({ items: z.array(record), nextCursor: z.string().nullable() });

export function stockRoutes(deps: StockKeeping): readonly Route[] {
  return [
    route({
      access: "merchant",
      tag: "stock",
      params: ofSku,
      method: "GET",
      path: "/admin/stock/{skuId}",
      summary: "Stock of an SKU",
      answers: { 200: stock },
      refusals: ["NOT_FOUND"],
      async handle({ params }) {
        const level = await readLevel(deps.db, params.skuId);
        return level ? { status: 200, body: viewOf(level) } : UNKNOWN_SKU;
      },
    }),
    route({
      access: "merchant",
      tag: "stock",
      params: ofSku,
      method: "GET",
      path: "/admin/stock/{skuId}/records",
      summary: "Ledger of an SKU, newest first",
      query: pageQuery,
      answers: { 200: records },
      refusals: ["NOT_FOUND", "CURSOR_INVALID"],
      handle: ({ params, query }) => listRecords(deps, params.skuId, query),
    }),
    route({
      access: "merchant",
      tag: "stock",
      params: ofSku,
      method: "POST",
      path: "/admin/stock/{skuId}/receipts",
      summary: "Book goods that came in; a document counts once",
      body: receipt,
      answers: { 201: stock },
      refusals: ["NOT_FOUND", "DOCUMENT_CONFLICT"],
      handle: async ({ params, body, cause }) => answer(201, await receiveStock(deps, { ...params, ...body }, cause)),
    }),
    route({
      access: "merchant",
      tag: "stock",
      params: ofSku,
      method: "POST",
      path: "/admin/stock/{skuId}/adjustments",
      summary: "Book the difference that a stocktake found; a document counts once",
      body: adjustment,
      answers: { 201: stock },
      refusals: ["NOT_FOUND", "DOCUMENT_CONFLICT", "STOCK_HELD_BY_ORDERS"],
      handle: async ({ params, body, cause }) => answer(201, await adjustStock(deps, { ...params, ...body }, cause)),
    }),
    route({
      access: "merchant",
      tag: "stock",
      params: ofSku,
      method: "PUT",
      path: "/admin/stock/{skuId}/threshold",
      summary: "Set at how many free units the stock counts as low",
      body: threshold,
      answers: { 200: stock },
      refusals: ["NOT_FOUND"],
      handle: async ({ params, body, cause }) => answer(200, await setThreshold(deps, { ...params, ...body }, cause)),
    }),
  ];
}

function answer(status: number, outcome: StockView | Refusal): Answer | Refusal {
  return "refused" in outcome ? outcome : { status, body: outcome };
}

async function listRecords(
  { db }: StockKeeping,
  skuId: string,
  { cursor, limit }: z.output<typeof pageQuery>,
): Promise<Answer | Refusal> {
  if (!(await readLevel(db, skuId))) return UNKNOWN_SKU;
  const before = cursor === undefined ? undefined : recordIdOf(cursor);
  // One more than asked for tells whether there is another page.
  const found = await readLedger(db, skuId, { before, limit: limit + 1 });
  const page = found.slice(0, limit);
  const last = page.at(-1);
  const nextCursor = found.length > limit && last ? encodeCursor([last.recordId]) : null;
  return { status: 200, body: { items: page.map(recordView), nextCursor } };
}

function recordIdOf(cursor: string): string {
  const [id] = decodeCursor(cursor, 1);
  if (typeof id === "string" && isId(id)) return id;
  throw clientError("CURSOR_INVALID", "The cursor is not one that was given out");
}

function recordView({ ref, at, ...rest }: LedgerRow): z.input<typeof record> {
  const id = ref.slice(ref.indexOf(":") + 1);
  const isOrder = ref.startsWith("order:");
  return { ...rest, orderId: isOrder ? id : null, documentId: isOrder ? null : id, at: at.toISOString() };
}
