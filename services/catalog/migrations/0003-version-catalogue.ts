import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  // The version grows with every change of what is shown of a product, its SKUs included; caches compare it.
  await knex.raw(`ALTER TABLE pms_product
    ADD COLUMN product_code VARCHAR(64) NULL AFTER spu_id,
    ADD COLUMN version INT UNSIGNED NOT NULL DEFAULT 1 AFTER on_sale,
    ADD UNIQUE KEY uq_code (product_code)`);
  // One row. Its version grows with every change of anything in the catalogue; whoever holds it is the one who changes
  // categories or brands, or ends the change of a product.
  await knex.raw(`CREATE TABLE pms_catalogue (
    id TINYINT UNSIGNED NOT NULL PRIMARY KEY,
    version INT UNSIGNED NOT NULL
  )`);
  await knex.raw("INSERT INTO pms_catalogue (id, version) VALUES (1, 1)");
}

export async function down(): Promise<void> {}
