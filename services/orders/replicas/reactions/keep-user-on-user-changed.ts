import { replication } from "#platform/consumer/reaction.ts";
import { UserChanged } from "#schemas/event-types.ts";
import { requireKey } from "#platform/consumer/event-checks.ts";
import { keep, type Replicas } from "../replicas.ts";

export const keepUserOnUserChanged = replication({
  on: UserChanged,
  decide({ users }: Replicas, user, now, { key }) {
    requireKey(user?.userId ?? key, key);
    const state = user ?? { userId: key as UserChanged["userId"], level: 0, status: "DELETED" as const };
    // From here the retention period counts, after which the key of the user's address snapshots is destroyed.
    const deletedAt = state.status === "DELETED" ? (users.rows.get(key)?.deletedAt ?? now) : null;
    keep(users, key, { ...state, deletedAt, deleted: user === null });
  },
});
