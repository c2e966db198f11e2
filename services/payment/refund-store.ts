/** SQL on pay_refund. */
import { execute, placeholders, rows, type Transaction, type Queryable } from "#platform/database/database.ts";
import type { NewRefund } from "./pay-orders.ts";

export interface OpenRefund extends NewRefund {
  readonly channel: string;
  /** Tries made before. */
  readonly tries: number;
}

/** Due at once. The unique key on the payment is what makes a second refund of it impossible. */
export async function insertRefunds(trx: Transaction, refunds: readonly NewRefund[], now: Date): Promise<void> {
  await execute(
    trx,
    `INSERT INTO pay_refund
       (refund_id, payment_id, order_id, amount_cents, currency, reason, status, tries, next_try_at, created_at)
     VALUES ${placeholders(refunds.length, 10)}`,
    refunds.flatMap((refund) => [
      refund.refundId,
      refund.paymentId,
      refund.orderId,
      refund.amountCents,
      refund.currency,
      refund.reason,
      "PENDING",
      0,
      now,
      now,
    ]),
  );
}

/** Refunds whose time has come, the longest due first, not locked. */
export async function readDueRefunds(db: Queryable, limit: number): Promise<OpenRefund[]> {
  const found = await rows<Omit<OpenRefund, "amountCents"> & { amountCents: string }>(
    db,
    `SELECT r.refund_id AS refundId, r.payment_id AS paymentId, r.order_id AS orderId, r.amount_cents AS amountCents,
       r.currency, r.reason, r.tries, t.channel
     FROM pay_refund r JOIN pay_transaction t ON t.payment_id = r.payment_id
     WHERE r.status = 'PENDING' AND r.next_try_at <= NOW(3) ORDER BY r.next_try_at LIMIT ?`,
    [limit],
  );
  return found.map((row) => ({ ...row, amountCents: Number(row.amountCents) }));
}

/** Takes one try and puts the next off by `backOffMs`; false when another instance took it. */
export async function takeRefundTry(
  db: Queryable,
  { refundId, tries }: OpenRefund,
  backOffMs: number,
): Promise<boolean> {
  const changed = await execute(
    db,
    `UPDATE pay_refund SET tries = tries + 1, next_try_at = NOW(3) + INTERVAL ? MICROSECOND
     WHERE refund_id = ? AND status = 'PENDING' AND tries = ?`,
    [backOffMs * 1_000, refundId, tries],
  );
  return changed === 1;
}

/** Locks the order that owns the sequence; what it emitted last, and the database's clock. */
export async function lockPayOrder(trx: Transaction, orderId: string): Promise<{ seq: number; now: Date }> {
  const [row] = await rows<{ seq: number; now: Date }>(
    trx,
    "SELECT seq, NOW(3) AS now FROM pay_order WHERE order_id = ? FOR UPDATE",
    [orderId],
  );
  return row!;
}

/** Ends a refund, its attempt and the order's sequence in one statement; false when it was ended before. */
export async function finishRefund(
  trx: Transaction,
  { refundId, orderId }: OpenRefund,
  end: { failureCode: string | null; seq: number; now: Date },
): Promise<boolean> {
  const { failureCode, seq, now } = end;
  const ended =
    failureCode === null
      ? { refund: "SUCCEEDED", payment: "REFUNDED" }
      : { refund: "FAILED", payment: "REFUND_FAILED" };
  const changed = await execute(
    trx,
    `UPDATE pay_order o JOIN pay_refund r ON r.order_id = o.order_id JOIN pay_transaction t ON t.payment_id = r.payment_id
     SET o.seq = ?, r.status = ?, r.failure_code = ?, r.finished_at = ?, t.status = ?
     WHERE o.order_id = ? AND r.refund_id = ? AND r.status = 'PENDING'`,
    [seq, ended.refund, failureCode, now, ended.payment, orderId, refundId],
  );
  return changed > 0;
}
