import type { Knex } from "knex";
import { createOutboxTables } from "#platform/database/platform-tables.ts";

/** Accounts, addresses, sessions and the data key of each person. */
export async function up(knex: Knex): Promise<void> {
  await createOutboxTables(knex);
  await createAccountTables(knex);
  // Never deleted: the row keeps the sequence of its topic key, so that a late record can never pass for the newest.
  // default_of is the user's id on the default address, so that the unique key allows one per user.
  await knex.raw(`CREATE TABLE ums_address (
    address_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    user_id BIGINT UNSIGNED NOT NULL,
    address_cipher BLOB NULL,
    default_of BIGINT UNSIGNED NULL,
    seq INT UNSIGNED NOT NULL,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    deleted_at DATETIME(3) NULL,
    ext JSON NULL,
    UNIQUE KEY uq_default (default_of),
    KEY by_user (user_id, address_id)
  )`);
  await knex.raw(`CREATE TABLE ums_session (
    session_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    user_id BIGINT UNSIGNED NOT NULL,
    token_seed BINARY(16) NOT NULL,
    generation INT UNSIGNED NOT NULL,
    repeated BOOLEAN NOT NULL,
    token_at DATETIME(3) NOT NULL,
    created_at DATETIME(3) NOT NULL,
    expires_at DATETIME(3) NOT NULL,
    ended_at DATETIME(3) NULL,
    end_reason ENUM('LOGOUT','REUSE','PASSWORD') NULL,
    ext JSON NULL,
    KEY by_user (user_id, ended_at, token_at),
    KEY by_end (ended_at)
  )`);
}

async function createAccountTables(knex: Knex): Promise<void> {
  await knex.raw(`CREATE TABLE ums_user (
    user_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    username VARCHAR(64) NOT NULL,
    username_key VARCHAR(255) NOT NULL,
    phone_cipher VARBINARY(255) NULL,
    phone_index BINARY(32) NULL,
    email_cipher VARBINARY(512) NULL,
    email_index BINARY(32) NULL,
    password_hash VARCHAR(255) NOT NULL,
    level SMALLINT UNSIGNED NOT NULL,
    status ENUM('ACTIVE','DISABLED','DELETED') NOT NULL,
    roles SET('shopper','merchant','ops') NOT NULL,
    seq INT UNSIGNED NOT NULL,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    ext JSON NULL,
    UNIQUE KEY uq_username (username_key),
    UNIQUE KEY uq_phone (phone_index),
    UNIQUE KEY uq_email (email_index)
  )`);
  await knex.raw(`CREATE TABLE pii_key (
    user_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    wrapped_key VARBINARY(255) NOT NULL,
    created_at DATETIME(3) NOT NULL
  )`);
}

export async function down(): Promise<void> {}
