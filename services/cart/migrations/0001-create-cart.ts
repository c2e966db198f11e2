import type { Knex } from "knex";
import { createConsumerTables, createOutboxTables } from "#platform/database/platform-tables.ts";

export async function up(knex: Knex): Promise<void> {
  await createOutboxTables(knex);
  await createConsumerTables(knex);
  // Outlives the lines, so that no line version is ever given twice in one cart.
  await knex.raw(`CREATE TABLE cart_header (
    user_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    last_line_version INT UNSIGNED NOT NULL,
    ext JSON NULL
  )`);
  await knex.raw(`CREATE TABLE cart_cart (
    user_id BIGINT UNSIGNED NOT NULL,
    sku_id BIGINT UNSIGNED NOT NULL,
    quantity SMALLINT UNSIGNED NOT NULL,
    selected BOOLEAN NOT NULL,
    added_price_cents BIGINT UNSIGNED NOT NULL,
    line_version INT UNSIGNED NOT NULL,
    created_at DATETIME(3) NOT NULL,
    changed_at DATETIME(3) NOT NULL,
    ext JSON NULL,
    PRIMARY KEY (user_id, sku_id)
  )`);
  // The replica keeps withdrawn and removed SKUs: carts may hold them, and an older event must not bring them back.
  await knex.raw(`CREATE TABLE cart_sku (
    sku_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    product_id BIGINT UNSIGNED NULL,
    name VARCHAR(255) NOT NULL,
    attributes JSON NULL,
    price_cents BIGINT UNSIGNED NOT NULL,
    currency CHAR(3) NULL,
    on_sale BOOLEAN NOT NULL,
    sku_seq INT UNSIGNED NOT NULL,
    sku_event_id BINARY(16) NULL,
    ext JSON NULL
  )`);
  await knex.raw(`CREATE TABLE cart_order (
    order_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    orders_seq INT UNSIGNED NOT NULL,
    orders_event_id BINARY(16) NULL
  )`);
}

export async function down(): Promise<void> {}
