import { replication } from "#platform/consumer/reaction.ts";
import { UserChanged } from "#schemas/event-types.ts";
import { requireKey } from "../../event-checks.ts";
import type { Replicas } from "../replicas.ts";

export const keepUserOnUserChanged = replication({
  on: UserChanged,
  decide({ users }: Replicas, user, now, { key }) {
    requireKey(user?.userId ?? key, key);
    // From here the retention period counts, after which the key of the user's address snapshots is destroyed.
    const isGone = user === null || user.status === "DELETED";
    const deletedAt = isGone ? (users.get(key)?.deletedAt ?? now) : null;
    users.put(key, { userId: key as UserChanged["userId"], level: 0, status: "DELETED", ...user, deletedAt });
  },
});
