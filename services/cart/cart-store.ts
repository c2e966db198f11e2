/** SQL of the use cases on one shopper's cart. Lock order: cart_header, then lines in key order. */
import { execute, rows, type Transaction, type Queryable } from "#platform/database/database.ts";
import type { CartLine } from "./cart.ts";
import { attributesOf } from "./sku-store.ts";

const LINE = `SELECT c.sku_id AS skuId, s.product_id AS productId, s.name, s.attributes, c.quantity, c.selected,
    c.added_price_cents AS addedPriceCents, s.price_cents AS priceCents, s.currency, s.on_sale AS onSale,
    c.line_version AS lineVersion
  FROM cart_cart c JOIN cart_sku s ON s.sku_id = c.sku_id WHERE c.user_id = ?`;

interface Row extends Omit<CartLine, "attributes" | "selected" | "onSale"> {
  readonly attributes: string | Record<string, string>;
  readonly selected: number;
  readonly onSale: number;
}

/** Every line, the one added first in front. */
export async function readLines(db: Queryable, userId: string): Promise<CartLine[]> {
  return (await rows<Row>(db, `${LINE} ORDER BY c.created_at, c.sku_id`, [userId])).map(cartLine);
}

export async function findLine(db: Queryable, userId: string, skuId: string): Promise<CartLine | undefined> {
  const [row] = await rows<Row>(db, `${LINE} AND c.sku_id = ?`, [userId, skuId]);
  return row && cartLine(row);
}

function cartLine(row: Row): CartLine {
  return {
    skuId: row.skuId,
    productId: row.productId,
    name: row.name,
    attributes: attributesOf(row.attributes),
    quantity: row.quantity,
    selected: row.selected === 1,
    addedPriceCents: Number(row.addedPriceCents),
    priceCents: Number(row.priceCents),
    currency: row.currency,
    onSale: row.onSale === 1,
    lineVersion: row.lineVersion,
  };
}

/** Takes the cart's next line version and with it the lock on the cart: its shopper's changes come one after the other. */
export async function nextLineVersion(trx: Transaction, userId: string): Promise<void> {
  await execute(
    trx,
    `INSERT INTO cart_header (user_id, last_line_version) VALUES (?, 1)
     ON DUPLICATE KEY UPDATE last_line_version = last_line_version + 1`,
    [userId],
  );
}

interface LineChange {
  readonly userId: string;
  readonly skuId: string;
  readonly quantity: number;
}

/** Adds to the line or makes it; relative, because a reaction may take from the line at the same time. */
export async function addToLine(
  trx: Transaction,
  change: LineChange & { selected: boolean; priceCents: number },
): Promise<void> {
  await execute(
    trx,
    `INSERT INTO cart_cart
       (user_id, sku_id, quantity, selected, added_price_cents, line_version, created_at, changed_at)
     SELECT user_id, ?, ?, ?, ?, last_line_version, NOW(3), NOW(3) FROM cart_header WHERE user_id = ?
     ON DUPLICATE KEY UPDATE quantity = cart_cart.quantity + VALUES(quantity), selected = VALUES(selected),
       added_price_cents = VALUES(added_price_cents), line_version = VALUES(line_version),
       changed_at = VALUES(changed_at)`,
    [change.skuId, change.quantity, change.selected, change.priceCents, change.userId],
  );
}

/** False when there is no such line. */
export async function setLine(
  trx: Transaction,
  change: LineChange & { selected: boolean | undefined },
): Promise<boolean> {
  const changed = await execute(
    trx,
    `UPDATE cart_cart c JOIN cart_header h ON h.user_id = c.user_id
     SET c.quantity = ?, c.selected = COALESCE(?, c.selected), c.line_version = h.last_line_version, c.changed_at = NOW(3)
     WHERE c.user_id = ? AND c.sku_id = ?`,
    [change.quantity, change.selected ?? null, change.userId, change.skuId],
  );
  return changed > 0;
}

/** False when there was no such line. */
export async function deleteLine(db: Queryable, userId: string, skuId: string): Promise<boolean> {
  return (await execute(db, "DELETE FROM cart_cart WHERE user_id = ? AND sku_id = ?", [userId, skuId])) > 0;
}

export async function deleteLines(db: Queryable, userId: string): Promise<void> {
  await execute(db, "DELETE FROM cart_cart WHERE user_id = ?", [userId]);
}

export async function countLines(db: Queryable, userId: string): Promise<number> {
  const sql = "SELECT COUNT(*) AS count FROM cart_cart WHERE user_id = ?";
  const [row] = await rows<{ count: string }>(db, sql, [userId]);
  return Number(row?.count ?? 0);
}
