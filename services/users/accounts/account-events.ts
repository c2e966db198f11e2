import type { OutgoingEvent } from "#platform/outbox/outgoing.ts";
import { outgoing } from "#platform/outbox/outgoing.ts";
import { UserChanged, type UserId } from "#schemas/event-types.ts";
import { usersUserV1 } from "#topics/users.user.v1.ts";
import type { Account } from "./account.ts";

/** `account` as it is after the change, its `seq` included. */
export function userChanged({ userId, level, status, seq }: Omit<Account, "username" | "roles">): OutgoingEvent {
  return outgoing(usersUserV1, UserChanged, { key: userId, seq, value: { userId: userId as UserId, level, status } });
}
