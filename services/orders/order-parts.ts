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

  async function readFixed(db: Queryable, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const lines = await readLines(db, ids);
    const addresses = await readSealedAddresses(db, ids);
    for (const id of ids) fixedParts.set(id, { lines: lines.get(id) ?? [], address: addresses.get(id) });
  }

  async function readHistories(db: Queryable, ids: readonly string[]): Promise<void> {
    for (const [id, rows] of await readHistory(db, ids)) histories.set(id, rows);
  }

  return {
    async read(db, orders) {
      const isBehind = ({ orderId, historyRows }: Order) => (histories.get(orderId)?.length ?? 0) < historyRows;
      const ids = orders.map(({ orderId }) => orderId);
      const unknown = ids.filter((id) => !fixedParts.has(id));
      await readFixed(db, unknown);
      await readHistories(
        db,
        orders.filter(isBehind).map(({ orderId }) => orderId),
      );
      return new Map(
        ids.map((id) => {
          const { lines = [], address } = fixedParts.get(id) ?? {};
          return [id, { lines, address, history: histories.get(id) ?? [] }];
        }),
      );
    },
  };
}
