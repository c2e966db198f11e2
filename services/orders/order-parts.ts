/**
 * Lines, address and history of orders, read once: lines and address never change after placing, and a history of n rows is
 * complete as long as the order's row counts n. Clients that watch an order ask for it again and again; then only its own
 * row is read. Addresses are kept encrypted, and for a minute, so that destroying a shopper's key soon tells here too.
 */
import { LRUCache } from "lru-cache";
import type { Queryable } from "#platform/database/database.ts";
import type { SealedAddress } from "./address-vault.ts";
import type { HistoryRow } from "./order-events.ts";
import { readHistory, readLines } from "./order-store.ts";
import type { Order, OrderLine } from "./order.ts";
import { readSealedAddresses } from "./shopper-store.ts";

interface Fixed {
  readonly lines: readonly OrderLine[];
  readonly address: SealedAddress | undefined;
}

export interface OrderParts extends Fixed {
  readonly history: readonly HistoryRow[];
}

export interface PartsReader {
  /** By order id, for every order given. */
  read(db: Queryable, orders: readonly Order[]): Promise<ReadonlyMap<string, OrderParts>>;
}

const KEPT = { max: 5_000, ttl: 60_000 };

export function createPartsReader(): PartsReader {
  const fixedParts = new LRUCache<string, Fixed>(KEPT);
  const histories = new LRUCache<string, readonly HistoryRow[]>(KEPT);

  async function fixedOf(db: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, Fixed>> {
    const known = new Map(ids.map((id) => [id, fixedParts.get(id)]));
    const missing = ids.filter((id) => known.get(id) === undefined);
    if (missing.length > 0) {
      const lines = await readLines(db, missing);
      const addresses = await readSealedAddresses(db, missing);
      for (const id of missing) {
        const fixed = { lines: lines.get(id) ?? [], address: addresses.get(id) };
        fixedParts.set(id, fixed);
        known.set(id, fixed);
      }
    }
    return known as ReadonlyMap<string, Fixed>;
  }

  async function historiesOf(db: Queryable, orders: readonly Order[]) {
    const known = new Map<string, readonly HistoryRow[]>(
      orders.map(({ orderId }) => [orderId, histories.get(orderId) ?? []]),
    );
    const behind = orders.filter(({ orderId, historyRows }) => (known.get(orderId)?.length ?? 0) < historyRows);
    for (const [id, rows] of await readHistory(
      db,
      behind.map(({ orderId }) => orderId),
    )) {
      histories.set(id, rows);
      known.set(id, rows);
    }
    return known;
  }

  return {
    async read(db, orders) {
      const ids = orders.map(({ orderId }) => orderId);
      const fixed = await fixedOf(db, ids);
      const history = await historiesOf(db, orders);
      // No more of the history than the order's row has counted: status and history are of one moment.
      return new Map(
        orders.map(({ orderId, historyRows }) => [
          orderId,
          { ...fixed.get(orderId)!, history: (history.get(orderId) ?? []).slice(0, historyRows) },
        ]),
      );
    },
  };
}
