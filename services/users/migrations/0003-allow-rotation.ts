import type { Knex } from "knex";

/**
 * What rotation of keys and the mark of demo accounts need; and one default address for everybody who has
 * addresses. A removed address has no transport key; '' is one that nobody knows any more.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`ALTER TABLE ums_address
    ADD COLUMN transport_key VARCHAR(32) NULL,
    ADD KEY by_transport_key (transport_key)`);
  await knex.raw("UPDATE ums_address SET transport_key = '' WHERE deleted_at IS NULL");
  await knex.raw(`UPDATE ums_address a JOIN (
      SELECT MAX(address_id) AS address_id FROM ums_address WHERE deleted_at IS NULL
      GROUP BY user_id HAVING COUNT(default_of) = 0
    ) newest ON newest.address_id = a.address_id
    SET a.default_of = a.user_id`);
  await knex.raw("ALTER TABLE ums_user ADD COLUMN is_demo BOOLEAN NOT NULL DEFAULT FALSE, ADD KEY by_demo (is_demo)");
}

export async function down(): Promise<void> {}
