import { createConnection, type RowDataPacket } from "mysql2/promise";

export interface PaymentAmount {
  amountCents: number;
  currency: string;
}

interface PaymentRow extends RowDataPacket {
  amount_cents: number | string;
  currency: string;
}

/** What a payment is about. A gateway knows it from its own books; here the payment's own table stands in for them. */
export async function findPaymentAmount(
  account: { host: string; port: number; user: string; password: string },
  paymentId: string,
): Promise<PaymentAmount> {
  const connection = await createConnection(account);
  try {
    const [rows] = await connection.query<PaymentRow[]>(
      "SELECT amount_cents, currency FROM mall_payment.pay_transaction WHERE payment_id = ?",
      [paymentId],
    );
    const [row] = rows;
    if (row === undefined) throw new Error(`there is no payment ${paymentId}`);
    return { amountCents: Number(row.amount_cents), currency: row.currency };
  } finally {
    await connection.end();
  }
}
