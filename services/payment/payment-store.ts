/** SQL on orders and attempts for the use cases. Lock order: pay_order, then pay_transaction. */
import {
  execute,
  placeholders,
  rows,
  type Transaction,
  type Queryable,
  executeLater,
} from "#platform/database/database.ts";
import { sqlErrorKind } from "#platform/database/sql-errors.ts";
import type { Attempt, OrderState, PayOrder, Settlement } from "./payment.ts";

const ATTEMPT = `t.payment_id AS paymentId, t.order_id AS orderId, t.user_id AS userId, t.channel, t.scenario,
  t.amount_cents AS amountCents, t.currency, t.status, t.failure_code AS failureCode`;

/** A row as the driver gives it: BIGINT as text. */
type Raw<T> = Omit<T, "amountCents"> & { readonly amountCents: string };

const withNumber = <T extends { amountCents: string }>(row: T) => ({ ...row, amountCents: Number(row.amountCents) });

/** The orders among the given ids that payment has heard of, by id. */
export async function readPayOrders(db: Queryable, orderIds: readonly string[]): Promise<Map<string, PayOrder>> {
  const found = await rows<Omit<Raw<PayOrder>, "expired"> & { expired: number | null }>(
    db,
    `SELECT order_id AS orderId, user_id AS userId, state, pay_by <= NOW(3) AS expired,
       COALESCE(amount_cents, 0) AS amountCents, COALESCE(currency, '') AS currency
     FROM pay_order WHERE order_id IN ${placeholders(1, orderIds.length)}`,
    orderIds,
  );
  return new Map(found.map((row) => [row.orderId, { ...withNumber(row), expired: row.expired === 1 }]));
}

export async function findAttempt(db: Queryable, paymentId: string): Promise<Attempt | undefined> {
  const [row] = await rows<Raw<Attempt>>(db, `SELECT ${ATTEMPT} FROM pay_transaction t WHERE t.payment_id = ?`, [
    paymentId,
  ]);
  return row && withNumber(row);
}

/** An owner's attempt; another user's does not exist. */
export async function findOwnAttempt(db: Queryable, userId: string, paymentId: string): Promise<Attempt | undefined> {
  const [row] = await rows<Raw<Attempt>>(
    db,
    `SELECT ${ATTEMPT} FROM pay_transaction t WHERE t.payment_id = ? AND t.user_id = ?`,
    [paymentId, userId],
  );
  return row && withNumber(row);
}

export async function findAttemptByKey(db: Queryable, userId: string, clientKey: Buffer): Promise<Attempt | undefined> {
  const [row] = await rows<Raw<Attempt>>(
    db,
    `SELECT ${ATTEMPT} FROM pay_transaction t WHERE t.user_id = ? AND t.client_key = ?`,
    [userId, clientKey],
  );
  return row && withNumber(row);
}

/**
 * Check and act in one statement: the attempt exists only if its order was payable at that moment, the order's row being
 * locked. "exists": the client's key, or the id, is taken.
 */
export async function insertAttempt(
  db: Queryable,
  attempt: Attempt,
  clientKey: Buffer,
): Promise<"inserted" | "not payable" | "exists"> {
  const { paymentId, orderId, userId, channel, scenario } = attempt;
  try {
    const inserted = await execute(
      db,
      `INSERT INTO pay_transaction
         (payment_id, order_id, user_id, client_key, channel, scenario, amount_cents, currency, status, created_at)
       SELECT ?, order_id, user_id, ?, ?, ?, amount_cents, currency, 'PENDING', NOW(3) FROM pay_order
       WHERE order_id = ? AND user_id = ? AND state = 'PAYABLE' AND pay_by > NOW(3) LOCK IN SHARE MODE`,
      [paymentId, clientKey, channel, scenario, orderId, userId],
    );
    return inserted === 1 ? "inserted" : "not payable";
  } catch (error) {
    if (sqlErrorKind(error) === "duplicate") return "exists";
    throw error;
  }
}

export interface LockedAttempt {
  readonly order: { readonly state: OrderState; readonly seq: number };
  readonly attempt: Attempt;
  readonly now: Date;
}

/** Both rows, locked in that order (hence STRAIGHT_JOIN); undefined when there is no such attempt. */
export async function lockAttempt(
  trx: Transaction,
  { orderId, paymentId }: Pick<Attempt, "orderId" | "paymentId">,
): Promise<LockedAttempt | undefined> {
  const [row] = await rows<Raw<Attempt> & { orderState: OrderState; seq: number; now: Date }>(
    trx,
    `SELECT o.state AS orderState, o.seq, NOW(3) AS now, ${ATTEMPT}
     FROM pay_order o STRAIGHT_JOIN pay_transaction t ON t.order_id = o.order_id
     WHERE o.order_id = ? AND t.payment_id = ? FOR UPDATE`,
    [orderId, paymentId],
  );
  if (row === undefined) return undefined;
  const { orderState: state, seq, now, ...attempt } = row;
  return { order: { state, seq }, attempt: withNumber(attempt), now };
}

/** Writes order and attempt in one statement. */
export async function saveSettlement(
  trx: Transaction,
  { orderId, paymentId }: Attempt,
  change: Settlement & { seq: number; gatewayRef: string | null; failureCode: string | null; now: Date },
): Promise<void> {
  executeLater(
    trx,
    `UPDATE pay_order o JOIN pay_transaction t ON t.order_id = o.order_id
     SET o.state = ?, o.seq = ?, t.status = ?, t.gateway_ref = ?, t.failure_code = ?, t.settled_at = ?
     WHERE o.order_id = ? AND t.payment_id = ?`,
    [change.order, change.seq, change.attempt, change.gatewayRef, change.failureCode, change.now, orderId, paymentId],
  );
}
