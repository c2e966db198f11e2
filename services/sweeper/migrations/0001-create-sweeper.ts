import type { Knex } from "knex";
import { createConsumerTables, createOutboxTables } from "#platform/database/platform-tables.ts";

export async function up(knex: Knex): Promise<void> {
  await createOutboxTables(knex);
  await createConsumerTables(knex);
  // Without pay_by: closed before it was seen open. The key serves the sweep: open rows by the time of their next suggestion.
  await knex.raw(`CREATE TABLE sweeper_order (
    order_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    pay_by DATETIME(3) NULL,
    state ENUM('OPEN','CLOSED') NOT NULL,
    next_suggest_at DATETIME(3) NULL,
    seq INT UNSIGNED NOT NULL,
    orders_seq INT UNSIGNED NOT NULL,
    orders_event_id BINARY(16) NULL,
    ext JSON NULL,
    KEY due (state, next_suggest_at)
  )`);
}

export async function down(): Promise<void> {}
