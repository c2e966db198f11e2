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
  // Without an amount: cancelled before it could be paid, kept so that an older event cannot open it.
  await knex.raw(`CREATE TABLE pay_order (
    order_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    user_id BIGINT UNSIGNED NOT NULL,
    amount_cents BIGINT UNSIGNED NULL,
    currency CHAR(3) NULL,
    pay_by DATETIME(3) NULL,
    state ENUM('PAYABLE','PAID','CLOSED') NOT NULL,
    seq INT UNSIGNED NOT NULL,
    orders_seq INT UNSIGNED NOT NULL,
    orders_event_id BINARY(16) NULL,
    ext JSON NULL
  )`);
  await knex.raw(`CREATE TABLE pay_transaction (
    payment_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    order_id BIGINT UNSIGNED NOT NULL,
    user_id BIGINT UNSIGNED NOT NULL,
    client_key BINARY(16) NOT NULL,
    channel VARCHAR(16) NOT NULL,
    scenario VARCHAR(16) NULL,
    amount_cents BIGINT UNSIGNED NOT NULL,
    currency CHAR(3) NOT NULL,
    status ENUM('PENDING','SUCCEEDED','FAILED','CLOSED','DUPLICATE','REFUNDING','REFUNDED','REFUND_FAILED') NOT NULL,
    gateway_ref VARCHAR(64) NULL,
    failure_code VARCHAR(40) NULL,
    created_at DATETIME(3) NOT NULL,
    settled_at DATETIME(3) NULL,
    ext JSON NULL,
    UNIQUE KEY one_per_client_key (user_id, client_key),
    KEY by_order (order_id)
  )`);
  await knex.raw(`CREATE TABLE pay_refund (
    refund_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    payment_id BIGINT UNSIGNED NOT NULL,
    order_id BIGINT UNSIGNED NOT NULL,
    amount_cents BIGINT UNSIGNED NOT NULL,
    currency CHAR(3) NOT NULL,
    reason VARCHAR(24) NOT NULL,
    status ENUM('PENDING','SUCCEEDED','FAILED') NOT NULL,
    tries INT UNSIGNED NOT NULL,
    next_try_at DATETIME(3) NOT NULL,
    failure_code VARCHAR(40) NULL,
    created_at DATETIME(3) NOT NULL,
    finished_at DATETIME(3) NULL,
    ext JSON NULL,
    UNIQUE KEY one_per_payment (payment_id),
    KEY due (status, next_try_at)
  )`);
}

export async function down(): Promise<void> {}
