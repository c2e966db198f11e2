import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  // Beside oms_order, so that an order is not entered into this index before it has a tracking number. Several orders may
  // travel in one parcel.
  await knex.raw(`CREATE TABLE IF NOT EXISTS oms_shipment (
    tracking_number VARCHAR(64) NOT NULL,
    order_id BIGINT UNSIGNED NOT NULL,
    ext JSON NULL,
    PRIMARY KEY (tracking_number, order_id)
  )`);
  await knex.raw(`INSERT IGNORE INTO oms_shipment (tracking_number, order_id)
    SELECT tracking_number, order_id FROM oms_order WHERE tracking_number IS NOT NULL`);
}

export async function down(): Promise<void> {}
