import type { Knex } from "knex";
import {
  createConsumerTables,
  createIdempotencyTable,
  createOutboxTables,
} from "#platform/database/platform-tables.ts";

export async function up(knex: Knex): Promise<void> {
  await createOutboxTables(knex);
  await createConsumerTables(knex);
  await createIdempotencyTable(knex);
  // order_sn is a function of the id and the day, so it needs no unique key of its own: each index costs the hottest write.
  await knex.raw(`CREATE TABLE oms_order (
    order_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    order_sn VARCHAR(32) NOT NULL,
    user_id BIGINT UNSIGNED NOT NULL,
    client_key BINARY(16) NOT NULL,
    status TINYINT UNSIGNED NOT NULL,
    stock ENUM('PENDING','LOCKED','REJECTED','DEDUCTED','RELEASED') NOT NULL,
    currency CHAR(3) NOT NULL,
    total_cents BIGINT UNSIGNED NOT NULL,
    pay_cents BIGINT UNSIGNED NOT NULL,
    from_cart BOOLEAN NOT NULL,
    placed_at DATETIME(3) NOT NULL,
    pay_by DATETIME(3) NOT NULL,
    paid_at DATETIME(3) NULL,
    shipped_at DATETIME(3) NULL,
    finished_at DATETIME(3) NULL,
    cancelled_at DATETIME(3) NULL,
    cancel_reason VARCHAR(20) NULL,
    cancel_note VARCHAR(200) NULL,
    payment_id BIGINT UNSIGNED NULL,
    late_payment BOOLEAN NOT NULL DEFAULT FALSE,
    refunds JSON NOT NULL,
    shortages JSON NULL,
    carrier VARCHAR(64) NULL,
    tracking_number VARCHAR(64) NULL,
    remark VARCHAR(500) NULL,
    address VARBINARY(4096) NULL,
    seq INT UNSIGNED NOT NULL,
    history_rows INT UNSIGNED NOT NULL,
    stock_seq INT UNSIGNED NOT NULL DEFAULT 0,
    stock_event_id BINARY(16) NULL,
    payment_seq INT UNSIGNED NOT NULL DEFAULT 0,
    payment_event_id BINARY(16) NULL,
    timeout_seq INT UNSIGNED NOT NULL DEFAULT 0,
    timeout_event_id BINARY(16) NULL,
    ext JSON NULL,
    UNIQUE KEY once_per_client_key (user_id, client_key),
    KEY own_by_time (user_id, order_id),
    KEY own_by_status (user_id, status, order_id),
    KEY receipt_due (status, shipped_at)
  )`);
  await createLinesAndHistory(knex);
}

export async function down(): Promise<void> {}

async function createLinesAndHistory(knex: Knex): Promise<void> {
  await knex.raw(`CREATE TABLE oms_order_item (
    order_id BIGINT UNSIGNED NOT NULL,
    sku_id BIGINT UNSIGNED NOT NULL,
    line_no SMALLINT UNSIGNED NOT NULL,
    product_id BIGINT UNSIGNED NOT NULL,
    product_name VARCHAR(255) NOT NULL,
    attributes JSON NOT NULL,
    price_cents BIGINT UNSIGNED NOT NULL,
    quantity INT UNSIGNED NOT NULL,
    total_cents BIGINT UNSIGNED NOT NULL,
    cart_line_version INT UNSIGNED NULL,
    ext JSON NULL,
    PRIMARY KEY (order_id, sku_id)
  )`);
  await knex.raw(`CREATE TABLE oms_order_status (
    order_id BIGINT UNSIGNED NOT NULL,
    row_no INT UNSIGNED NOT NULL,
    event VARCHAR(40) NOT NULL,
    status TINYINT UNSIGNED NOT NULL,
    stock ENUM('PENDING','LOCKED','REJECTED','DEDUCTED','RELEASED') NOT NULL,
    reason VARCHAR(64) NULL,
    at DATETIME(3) NOT NULL,
    ext JSON NULL,
    PRIMARY KEY (order_id, row_no)
  )`);
}
