/**
 * The books of the shop at rest: what must add up across the schemas of all services, whatever happened before. Each
 * question is one statement that finds the rows which break a rule, so an empty answer is the only good one.
 */
import knex, { type Knex } from "knex";
import { rows } from "#platform/database/database.ts";
import { flowStack } from "./flow-stack.ts";

const QUESTIONS: Readonly<Record<string, string>> = {
  "on hand differs from the ledger": `
    SELECT s.sku_id, s.on_hand, SUM(r.d_on_hand) AS ledger FROM mall_catalog.pms_stock s
    LEFT JOIN mall_catalog.pms_stock_record r USING (warehouse_id, sku_id)
    GROUP BY s.warehouse_id, s.sku_id, s.on_hand HAVING on_hand <> COALESCE(ledger, 0)`,
  "locked differs from the ledger": `
    SELECT s.sku_id, s.locked, SUM(r.d_locked) AS ledger FROM mall_catalog.pms_stock s
    LEFT JOIN mall_catalog.pms_stock_record r USING (warehouse_id, sku_id)
    GROUP BY s.warehouse_id, s.sku_id, s.locked HAVING locked <> COALESCE(ledger, 0)`,
  "locked differs from the open locks": `
    SELECT s.sku_id, s.locked, COALESCE(l.qty, 0) AS open_locks FROM mall_catalog.pms_stock s
    LEFT JOIN (SELECT warehouse_id, sku_id, SUM(qty) AS qty FROM mall_catalog.pms_stock_lock_line
      JOIN mall_catalog.pms_stock_lock USING (order_id) WHERE status = 'LOCKED' GROUP BY warehouse_id, sku_id) l
      USING (warehouse_id, sku_id)
    WHERE s.locked <> COALESCE(l.qty, 0)`,
  "oversold at some moment": `
    SELECT * FROM (SELECT sku_id, id, SUM(d_on_hand) OVER w AS on_hand, SUM(d_locked) OVER w AS locked
      FROM mall_catalog.pms_stock_record WINDOW w AS (PARTITION BY warehouse_id, sku_id ORDER BY id)) running
    WHERE locked > on_hand OR locked < 0 OR on_hand < 0`,
  "order and stock disagree": `
    SELECT o.order_id, o.status, o.stock, l.status AS lock_status FROM mall_orders.oms_order o
    LEFT JOIN mall_catalog.pms_stock_lock l USING (order_id)
    WHERE NOT ((o.status = 0 AND o.stock = 'LOCKED' AND l.status <=> 'LOCKED')
      OR (o.status IN (1, 2, 4) AND o.stock = 'DEDUCTED' AND l.status <=> 'DEDUCTED')
      OR (o.status = 5 AND o.stock = 'RELEASED' AND l.status <=> 'RELEASED')
      OR (o.status = 5 AND o.stock = 'REJECTED' AND l.status IN ('REJECTED', 'RELEASED'))
      OR (o.status = 5 AND o.stock = 'PENDING' AND l.status <=> 'VOID'))`,
  "a lock without an order": `
    SELECT l.order_id FROM mall_catalog.pms_stock_lock l LEFT JOIN mall_orders.oms_order o USING (order_id)
    WHERE o.order_id IS NULL`,
  "money kept does not match the order": `
    SELECT o.order_id, o.status, o.pay_cents, COALESCE(c.cents, 0) AS captured, COALESCE(r.cents, 0) AS refunded
    FROM mall_orders.oms_order o
    LEFT JOIN (SELECT order_id, SUM(amount_cents) AS cents FROM mall_payment.pay_transaction
      WHERE status IN ('SUCCEEDED', 'DUPLICATE', 'REFUNDING', 'REFUNDED', 'REFUND_FAILED') GROUP BY order_id) c USING (order_id)
    LEFT JOIN (SELECT order_id, SUM(amount_cents) AS cents FROM mall_payment.pay_refund WHERE status = 'SUCCEEDED'
      GROUP BY order_id) r USING (order_id)
    WHERE COALESCE(c.cents, 0) - COALESCE(r.cents, 0) <> IF(o.status IN (1, 2, 4), o.pay_cents, 0)`,
  "an illegal transition in the history": `
    SELECT * FROM (SELECT order_id, row_no, status, LAG(status) OVER (PARTITION BY order_id ORDER BY row_no) AS before_it
      FROM mall_orders.oms_order_status) h
    WHERE (before_it IS NULL AND status <> 0)
       OR (before_it <> status AND (before_it, status) NOT IN ((0, 1), (0, 5), (1, 2), (1, 5), (2, 4)))`,
  "a history with holes": `
    SELECT o.order_id FROM mall_orders.oms_order o JOIN mall_orders.oms_order_status h USING (order_id)
    GROUP BY o.order_id, o.status HAVING COUNT(*) <> MAX(h.row_no)`,
  "an order overdue and still open": `
    SELECT order_id, pay_by FROM mall_orders.oms_order WHERE status = 0 AND pay_by < NOW(3) - INTERVAL 400 SECOND`,
  "the order's total is not the sum of its lines": `
    SELECT o.order_id FROM mall_orders.oms_order o JOIN mall_orders.oms_order_item i USING (order_id)
    GROUP BY o.order_id, o.total_cents HAVING SUM(i.total_cents) <> o.total_cents OR SUM(i.price_cents * i.quantity) <> o.total_cents`,
  "a refund unfinished": "SELECT refund_id FROM mall_payment.pay_refund WHERE status <> 'SUCCEEDED'",
  "a replica that differs from its owner": `
    SELECT s.sku_id FROM mall_catalog.pms_sku s LEFT JOIN mall_orders.oms_sku o USING (sku_id)
    WHERE s.seq > 0 AND (o.sku_id IS NULL OR o.price_cents <> s.price_cents OR o.price_version <> s.price_version OR o.on_sale <> s.on_sale)`,
  "a keyed request still running": `
    SELECT scope FROM mall_orders.idempotency WHERE state = 'running' UNION ALL
    SELECT scope FROM mall_payment.idempotency WHERE state = 'running'`,
};

const SERVICES_WITH_OUTBOX = ["users", "catalog", "cart", "orders", "payment", "sweeper"];
const SERVICES_WITH_CONSUMER = ["catalog", "cart", "orders", "payment", "sweeper"];

export class Books {
  readonly #db: Knex;

  constructor() {
    const { mysql } = flowStack();
    this.#db = knex({
      client: "mysql2",
      connection: { ...mysql, bigNumberStrings: true, supportBigNumbers: true },
      pool: { min: 0, max: 1 },
    });
  }

  /** One line per broken rule, with the first rows that break it; empty when all is well. */
  async findings(): Promise<string[]> {
    const found: string[] = [];
    for (const [rule, sql] of Object.entries(QUESTIONS)) {
      const breaking = await rows(this.#db, sql);
      if (breaking.length > 0)
        found.push(`${rule}: ${breaking.length}, such as ${JSON.stringify(breaking.slice(0, 3))}`);
    }
    return [...found, ...(await this.#unsent()), ...(await this.#parked())];
  }

  /** Next offsets by group, topic and partition, to see whether everything has been taken in. */
  async offsets(): Promise<{ grp: string; topic: string; part: number; next_offset: string }[]> {
    const found = await Promise.all(
      SERVICES_WITH_CONSUMER.map((service) =>
        rows<{ grp: string; topic: string; part: number; next_offset: string }>(
          this.#db,
          "SELECT grp, topic, part, next_offset FROM ??.consumer_offset",
          [`mall_${service}`],
        ),
      ),
    );
    return found.flat();
  }

  async unsentCount(): Promise<number> {
    const counts = await Promise.all(
      SERVICES_WITH_OUTBOX.map((service) =>
        rows<{ n: number }>(this.#db, "SELECT COUNT(*) AS n FROM ??.outbox", [`mall_${service}`]),
      ),
    );
    return counts.reduce((sum, [row]) => sum + Number(row?.n ?? 0), 0);
  }

  /** Runs a statement for a test that plants a fault or reads what no route shows. */
  async run(sql: string, bindings: readonly unknown[] = []): Promise<unknown[]> {
    return rows(this.#db, sql, bindings);
  }

  close(): Promise<void> {
    return this.#db.destroy();
  }

  async #unsent(): Promise<string[]> {
    const waiting = await this.unsentCount();
    return waiting === 0 ? [] : [`${waiting} events wait in outboxes`];
  }

  async #parked(): Promise<string[]> {
    const found: string[] = [];
    for (const service of SERVICES_WITH_CONSUMER) {
      const parked = await rows(
        this.#db,
        "SELECT grp, src_topic, src_offset, state, reason, error FROM ??.parked_event WHERE state IN ('retry', 'poison') LIMIT 3",
        [`mall_${service}`],
      );
      if (parked.length > 0) found.push(`${service} has parked events, such as ${JSON.stringify(parked)}`);
    }
    for (const service of SERVICES_WITH_OUTBOX) {
      const parked = await rows(this.#db, "SELECT topic, reason FROM ??.outbox_parked LIMIT 3", [`mall_${service}`]);
      if (parked.length > 0) found.push(`${service} cannot send events, such as ${JSON.stringify(parked)}`);
    }
    return found;
  }
}
