import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  // The merchant's lists are by status. One index comes and one goes, so that an order costs no more to write: a shopper's
  // list of all statuses is put together from own_by_status, and times are found by the id, which grows with time.
  await knex.raw(`ALTER TABLE oms_order
    ADD COLUMN merchant_remark VARCHAR(500) NULL,
    ADD KEY by_status (status, order_id),
    DROP KEY own_by_time`);
}

export async function down(): Promise<void> {}
