import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  // What other services own, as their last event told it. A row stays after its tombstone, so that an older event that
  // comes again finds the sequence it must not undo.
  await knex.raw(`CREATE TABLE oms_sku (
    sku_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    product_id BIGINT UNSIGNED NOT NULL,
    product_name VARCHAR(255) NOT NULL,
    sku_code VARCHAR(255) NOT NULL,
    attributes JSON NOT NULL,
    category_id BIGINT UNSIGNED NOT NULL,
    brand_id BIGINT UNSIGNED NOT NULL,
    price_cents BIGINT UNSIGNED NOT NULL,
    currency CHAR(3) NOT NULL,
    price_version INT UNSIGNED NOT NULL,
    on_sale BOOLEAN NOT NULL,
    deleted BOOLEAN NOT NULL,
    sku_seq INT UNSIGNED NOT NULL,
    sku_event_id BINARY(16) NOT NULL,
    ext JSON NULL
  )`);
  await knex.raw(`CREATE TABLE oms_address (
    address_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    user_id BIGINT UNSIGNED NOT NULL,
    key_id VARCHAR(32) NOT NULL,
    ciphertext VARBINARY(8192) NULL,
    deleted BOOLEAN NOT NULL,
    address_seq INT UNSIGNED NOT NULL,
    address_event_id BINARY(16) NOT NULL,
    ext JSON NULL
  )`);
  await knex.raw(`CREATE TABLE oms_user (
    user_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    level INT UNSIGNED NOT NULL,
    status VARCHAR(10) NOT NULL,
    deleted_at DATETIME(3) NULL,
    deleted BOOLEAN NOT NULL,
    user_seq INT UNSIGNED NOT NULL,
    user_event_id BINARY(16) NOT NULL,
    ext JSON NULL,
    KEY gone (status, deleted_at)
  )`);
  // The key that a shopper's address snapshots are encrypted with, itself wrapped by a master key. Its row is also what
  // a placing or cancelling shopper locks, so that limits hold under parallel requests.
  await knex.raw(`CREATE TABLE pii_key (
    user_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    wrapped_key VARBINARY(255) NOT NULL,
    cancel_window_from DATETIME(3) NULL,
    cancels INT UNSIGNED NOT NULL DEFAULT 0
  )`);
}

export async function down(): Promise<void> {}
