/** What other services own, as their last event told it, by id. In memory for one batch; a tombstone leaves a null. */
import type { BatchState, Seen } from "#platform/consumer/reaction.ts";
import type { AddressChanged, SkuChanged, UserChanged } from "#schemas/event-types.ts";

export type Sku = SkuChanged;
export type Address = AddressChanged;
export type User = UserChanged & { readonly deletedAt: Date | null };

export interface Kept<V> {
  /** null = its owner removed it. */
  readonly value: V | null;
  readonly seen: Seen;
}

export interface Replica<V> {
  get(id: string): V | null | undefined;
  put(id: string, value: V | null): void;
  readonly changed: ReadonlyMap<string, Kept<V>>;
  seen(id: string): Seen | undefined;
  markSeen(id: string, seen: Seen): void;
}

export interface Replicas extends BatchState {
  readonly skus: Replica<Sku>;
  readonly addresses: Replica<Address>;
  readonly users: Replica<User>;
}

const NOTHING_SEEN: Seen = { seq: 0, eventId: "" };

export function createReplica<V>(loaded: ReadonlyMap<string, Kept<V>>): Replica<V> {
  const changed = new Map<string, Kept<V>>();
  const kept = (id: string): Kept<V> | undefined => changed.get(id) ?? loaded.get(id);
  return {
    changed,
    get: (id) => kept(id)?.value,
    put: (id, value) => void changed.set(id, { value, seen: kept(id)?.seen ?? NOTHING_SEEN }),
    seen: (id) => kept(id)?.seen,
    markSeen(id, seen) {
      const row = kept(id);
      if (row) changed.set(id, { ...row, seen });
    },
  };
}

/** `byTopic`: which replica a topic feeds. */
export function createReplicas(
  parts: Pick<Replicas, "skus" | "addresses" | "users">,
  byTopic: ReadonlyMap<string, keyof typeof parts>,
): Replicas {
  return {
    ...parts,
    seen: (topic, key) => parts[byTopic.get(topic)!].seen(key),
    markSeen: (topic, key, seen) => parts[byTopic.get(topic)!].markSeen(key, seen),
  };
}
