import type { Knex } from "knex";

/** Who is shut out and who is let through, and the version of both lists by which a copy is known to be the newer one. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`CREATE TABLE ums_access_list (
    list ENUM('black','white') NOT NULL,
    subject VARCHAR(80) NOT NULL,
    reason VARCHAR(200) NOT NULL,
    set_by BIGINT UNSIGNED NOT NULL,
    set_at DATETIME(3) NOT NULL,
    ext JSON NULL,
    PRIMARY KEY (list, subject)
  )`);
  await knex.raw(`CREATE TABLE ums_access_list_version (
    one TINYINT UNSIGNED NOT NULL PRIMARY KEY,
    version BIGINT UNSIGNED NOT NULL
  )`);
  await knex.raw("INSERT INTO ums_access_list_version (one, version) VALUES (1, 1)");
}

export async function down(): Promise<void> {}
