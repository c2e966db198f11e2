import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`CREATE TABLE pms_stock (
    warehouse_id SMALLINT UNSIGNED NOT NULL,
    sku_id BIGINT UNSIGNED NOT NULL,
    on_hand INT UNSIGNED NOT NULL,
    locked INT UNSIGNED NOT NULL,
    on_sale BOOLEAN NOT NULL,
    version INT UNSIGNED NOT NULL,
    ext JSON NULL,
    PRIMARY KEY (warehouse_id, sku_id),
    CONSTRAINT no_oversell CHECK (locked <= on_hand)
  )`);
  await knex.raw(`CREATE TABLE pms_stock_sku (
    sku_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    threshold INT UNSIGNED NOT NULL,
    low BOOLEAN NOT NULL,
    seq INT UNSIGNED NOT NULL,
    ext JSON NULL
  )`);
  // One row per order for ever: a replay from the start of the topic finds it, also the VOID of an order that was
  // cancelled before it was locked.
  await knex.raw(`CREATE TABLE pms_stock_lock (
    order_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    status ENUM('LOCKED','REJECTED','DEDUCTED','RELEASED','VOID') NOT NULL,
    orders_seq INT UNSIGNED NOT NULL,
    orders_event_id BINARY(16) NOT NULL,
    emit_seq INT UNSIGNED NOT NULL,
    reason VARCHAR(40) NULL,
    updated_at DATETIME(3) NOT NULL,
    ext JSON NULL
  )`);
  await knex.raw(`CREATE TABLE pms_stock_lock_line (
    order_id BIGINT UNSIGNED NOT NULL,
    warehouse_id SMALLINT UNSIGNED NOT NULL,
    sku_id BIGINT UNSIGNED NOT NULL,
    qty INT UNSIGNED NOT NULL,
    PRIMARY KEY (order_id, warehouse_id, sku_id)
  )`);
  await knex.raw(`CREATE TABLE pms_stock_record (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    ref VARBINARY(64) NOT NULL,
    warehouse_id SMALLINT UNSIGNED NOT NULL,
    sku_id BIGINT UNSIGNED NOT NULL,
    kind ENUM('LOCK','DEDUCT','RELEASE','RELOCK','INBOUND','ADJUST') NOT NULL,
    d_on_hand INT NOT NULL,
    d_locked INT NOT NULL,
    at DATETIME(3) NOT NULL,
    ext JSON NULL,
    UNIQUE KEY uq_movement (ref, warehouse_id, sku_id, kind),
    KEY of_sku (warehouse_id, sku_id, id)
  )`);
}

export async function down(): Promise<void> {}
