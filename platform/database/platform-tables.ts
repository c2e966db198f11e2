/**
 * The tables that the platform's mechanisms need in each service's own schema. Called from a service's first migrations;
 * each function creates what it names and nothing else, and is never edited once a schema has been created with it.
 */
import type { Knex } from "knex";

const OUTBOX_COLUMNS = `
  shard TINYINT UNSIGNED NOT NULL,
  topic VARCHAR(100) NOT NULL,
  part SMALLINT UNSIGNED NOT NULL,
  agg_type TINYINT UNSIGNED NOT NULL,
  agg_id VARBINARY(40) NOT NULL,
  agg_seq INT UNSIGNED NOT NULL,
  event_id BINARY(16) NOT NULL,
  headers MEDIUMBLOB NOT NULL,
  payload MEDIUMBLOB NULL,
  created_at DATETIME(3) NOT NULL`;

/** For a service that emits events: the outbox, what its relay had to set aside, and leases. */
export async function createOutboxTables(knex: Knex): Promise<void> {
  await knex.raw(`CREATE TABLE outbox (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,${OUTBOX_COLUMNS},
    UNIQUE KEY uq_aggregate (agg_type, agg_id, agg_seq)
  )`);
  await knex.raw(`CREATE TABLE outbox_parked (
    ${OUTBOX_COLUMNS},
    reason TEXT NOT NULL,
    parked_at DATETIME(3) NOT NULL,
    PRIMARY KEY (agg_type, agg_id, agg_seq)
  )`);
  await knex.raw(`CREATE TABLE lease (
    name VARCHAR(60) NOT NULL PRIMARY KEY,
    owner VARCHAR(60) NOT NULL,
    epoch BIGINT UNSIGNED NOT NULL,
    expires_at DATETIME(3) NOT NULL
  )`);
}

/** For a service that reacts to events: the offsets that rule, and the events set aside. */
export async function createConsumerTables(knex: Knex): Promise<void> {
  await knex.raw(`CREATE TABLE consumer_offset (
    grp VARCHAR(60) NOT NULL,
    topic VARCHAR(100) NOT NULL,
    part SMALLINT UNSIGNED NOT NULL,
    next_offset BIGINT UNSIGNED NOT NULL,
    cluster_id VARCHAR(40) NOT NULL,
    PRIMARY KEY (grp, topic, part)
  )`);
  await knex.raw(`CREATE TABLE parked_event (
    grp VARCHAR(60) NOT NULL,
    src_topic VARCHAR(100) NOT NULL,
    src_part SMALLINT UNSIGNED NOT NULL,
    src_offset BIGINT UNSIGNED NOT NULL,
    msg_key VARBINARY(255) NULL,
    agg_seq INT UNSIGNED NULL,
    headers MEDIUMBLOB NOT NULL,
    payload MEDIUMBLOB NULL,
    attempts INT UNSIGNED NOT NULL,
    next_try_at DATETIME(3) NULL,
    state ENUM('retry','poison','resolved','skipped') NOT NULL,
    reason VARCHAR(20) NOT NULL,
    error TEXT NULL,
    parked_at DATETIME(3) NOT NULL,
    PRIMARY KEY (grp, src_topic, src_part, src_offset),
    KEY by_key (grp, src_topic, msg_key, agg_seq),
    KEY due (state, next_try_at)
  )`);
}

/** For a service whose routes require idempotency keys. */
export async function createIdempotencyTable(knex: Knex): Promise<void> {
  await knex.raw(`CREATE TABLE idempotency (
    scope VARBINARY(64) NOT NULL,
    idem_key VARBINARY(255) NOT NULL,
    req_hash BINARY(32) NOT NULL,
    state ENUM('running','done') NOT NULL,
    locked_until DATETIME(3) NULL,
    status SMALLINT NULL,
    body MEDIUMBLOB NULL,
    created_at DATETIME(3) NOT NULL,
    PRIMARY KEY (scope, idem_key),
    KEY created (created_at),
    KEY abandoned (locked_until)
  )`);
}
