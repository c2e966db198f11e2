import { databaseNow, inTransaction } from "#platform/database/database.ts";
import { traceparentFrom } from "#platform/http/trace-context.ts";
import { eventIdV7 } from "#platform/ids/ids.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { CompactedOwner } from "#platform/outbox/repair-compacted-topic.ts";
import { usersUserV1 } from "#topics/users.user.v1.ts";
import { userChanged } from "./account-events.ts";
import { countEvents, lockPublished, readAccountKeys } from "./account-keys-store.ts";

/** All accounts there ever were, as the owner of their compacted topic. */
export function ownerOfAccounts({ db, outbox }: Pick<Backbone, "db" | "outbox">): CompactedOwner {
  return {
    topic: usersUserV1,
    readPage: (after = "0", limit) => readAccountKeys(db, { after, limit }),
    emitAgain: (keys) =>
      inTransaction(db, async (trx) => {
        const expected = new Map(keys.map(({ key, seq }) => [key, seq]));
        const locked = await lockPublished(trx, [...expected.keys()]);
        const stale = locked.filter(({ userId, seq }) => expected.get(userId) === seq);
        if (stale.length === 0) return 0;
        await countEvents(
          trx,
          stale.map(({ userId }) => userId),
        );
        const id = eventIdV7();
        const cause = { correlationId: id, causationId: id, traceparent: traceparentFrom(undefined) };
        const events = stale.map((account) => userChanged({ ...account, seq: account.seq + 1 }));
        await outbox.append(trx, events, { cause, now: await databaseNow(trx) });
        return stale.length;
      }),
  };
}
