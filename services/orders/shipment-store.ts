/** SQL on the parcels that orders travel in, by which an order is found. */
import { execute, type Queryable } from "#platform/database/database.ts";

export async function insertShipment(trx: Queryable, trackingNumber: string, orderId: string): Promise<void> {
  const sql = "INSERT IGNORE INTO oms_shipment (tracking_number, order_id) VALUES (?, ?)";
  await execute(trx, sql, [trackingNumber, orderId]);
}
