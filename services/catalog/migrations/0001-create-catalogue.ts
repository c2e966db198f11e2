import type { Knex } from "knex";
import { createConsumerTables, createOutboxTables } from "#platform/database/platform-tables.ts";

export async function up(knex: Knex): Promise<void> {
  await createOutboxTables(knex);
  await createConsumerTables(knex);
  await knex.raw(`CREATE TABLE pms_category (
    category_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    parent_id BIGINT UNSIGNED NULL,
    name VARCHAR(100) NOT NULL,
    level TINYINT UNSIGNED NOT NULL,
    sort INT NOT NULL,
    ext JSON NULL
  )`);
  await knex.raw(`CREATE TABLE pms_brand (
    brand_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    name VARCHAR(100) NOT NULL,
    sort INT NOT NULL,
    ext JSON NULL
  )`);
  await knex.raw(`CREATE TABLE pms_spu (
    spu_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    name VARCHAR(200) NOT NULL,
    category_id BIGINT UNSIGNED NOT NULL,
    brand_id BIGINT UNSIGNED NOT NULL,
    description TEXT NOT NULL,
    ext JSON NULL
  )`);
  // Category, brand and the lowest price are copied from the SPU and the SKUs: each order of a list page is then read
  // along one index. The name compares without regard to case, for its order and for the text search.
  await knex.raw(`CREATE TABLE pms_product (
    product_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    spu_id BIGINT UNSIGNED NOT NULL,
    name VARCHAR(200) COLLATE utf8mb4_unicode_ci NOT NULL,
    category_id BIGINT UNSIGNED NOT NULL,
    brand_id BIGINT UNSIGNED NOT NULL,
    price_cents BIGINT UNSIGNED NOT NULL,
    currency CHAR(3) NOT NULL,
    on_sale BOOLEAN NOT NULL,
    created_at DATETIME(3) NOT NULL,
    ext JSON NULL,
    KEY newest (on_sale, product_id),
    KEY by_price (on_sale, price_cents, product_id),
    KEY by_name (on_sale, name, product_id),
    KEY of_category (category_id, on_sale, product_id),
    KEY of_brand (brand_id, on_sale, product_id)
  )`);
  // The row of an SKU stays for ever, also after deletion: it owns the sequence of a compacted topic.
  await knex.raw(`CREATE TABLE pms_sku (
    sku_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    product_id BIGINT UNSIGNED NOT NULL,
    sku_code VARCHAR(64) NOT NULL,
    attributes JSON NOT NULL,
    price_cents BIGINT UNSIGNED NOT NULL,
    currency CHAR(3) NOT NULL,
    price_version INT UNSIGNED NOT NULL,
    on_sale BOOLEAN NOT NULL,
    seq INT UNSIGNED NOT NULL,
    deleted_at DATETIME(3) NULL,
    ext JSON NULL,
    UNIQUE KEY uq_code (sku_code),
    KEY of_product (product_id, sku_id)
  )`);
}

export async function down(): Promise<void> {}
