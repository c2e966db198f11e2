/** What other services own, as their last event told it. In memory for one batch of events. */
import type { BatchState, Seen } from "#platform/consumer/reaction.ts";
import { uuidBytes, uuidText } from "#platform/ids/uuid-bytes.ts";
import type { AddressChanged, SkuChanged, UserChanged } from "#schemas/event-types.ts";

/** A replica's row; it stays after a tombstone, so that an older event that comes again changes nothing. */
export type Kept<V> = V & { readonly deleted: boolean; readonly seq: number; readonly eventId: Buffer | null };
export type Sku = Kept<SkuChanged>;
export type Address = Kept<Omit<AddressChanged, "ciphertext"> & { readonly ciphertext: Buffer | null }>;
export type User = Kept<UserChanged> & { readonly deletedAt: Date | null };

export interface Replica<R> {
  readonly rows: Map<string, R>;
  readonly changed: Set<string>;
}

export interface Replicas extends BatchState {
  readonly skus: Replica<Sku>;
  readonly addresses: Replica<Address>;
  readonly users: Replica<User>;
}

type Name = "skus" | "addresses" | "users";

export function createReplica<R>(loaded: readonly R[], idOf: (row: R) => string): Replica<R> {
  return { rows: new Map(loaded.map((row) => [idOf(row), row])), changed: new Set() };
}

/** Notes the new state of a row; what it has seen is noted after the decision. */
export function keep<R>(replica: Replica<R>, id: string, row: Omit<R, "seq" | "eventId">): void {
  const { seq, eventId } = (replica.rows.get(id) ?? { seq: 0, eventId: null }) as {
    seq: number;
    eventId: Buffer | null;
  };
  replica.rows.set(id, { ...row, seq, eventId } as R);
  replica.changed.add(id);
}

/** `nameOf`: which replica a topic feeds. */
export function createReplicas(parts: Pick<Replicas, Name>, nameOf: ReadonlyMap<string, Name>): Replicas {
  const rowsOf = (topic: string) => parts[nameOf.get(topic)!] as Replica<Kept<object>>;
  return {
    ...parts,
    seen(topic, key): Seen | undefined {
      const row = rowsOf(topic).rows.get(key);
      return row?.eventId ? { seq: row.seq, eventId: uuidText(row.eventId) } : undefined;
    },
    markSeen(topic, key, { seq, eventId }) {
      const { rows, changed } = rowsOf(topic);
      const row = rows.get(key);
      if (row) rows.set(key, { ...row, seq, eventId: uuidBytes(eventId) });
      if (row) changed.add(key);
    },
  };
}
