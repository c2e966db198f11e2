/** SQL on what shopper and merchant have noted on an order. */
import { execute, placeholders, type Queryable, rows } from "#platform/database/database.ts";

export interface Remarks {
  readonly byShopper: string | null;
  readonly byMerchant: string | null;
}

export async function readRemarks(db: Queryable, orderIds: readonly string[]): Promise<Map<string, Remarks>> {
  if (orderIds.length === 0) return new Map();
  const sql = `SELECT order_id AS orderId, remark AS byShopper, merchant_remark AS byMerchant FROM oms_order
    WHERE order_id IN ${placeholders(1, orderIds.length)}`;
  const found = await rows<Remarks & { orderId: string }>(db, sql, orderIds);
  return new Map(found.map(({ orderId, ...remarks }) => [orderId, remarks]));
}

/** Writes the merchant's remark; nothing when there is no such order. */
export async function writeMerchantRemark(db: Queryable, orderId: string, remark: string | null): Promise<void> {
  await execute(db, "UPDATE oms_order SET merchant_remark = ? WHERE order_id = ?", [remark, orderId]);
}
