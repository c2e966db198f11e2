import { UserChanged } from "#schemas/event-types.ts";

/** The current state of each user, without personal data. */
export const usersUserV1 = {
  name: "users.user.v1",
  aggregateType: 7,
  owner: "users",
  key: "userId",
  partitions: 12,
  cleanupPolicy: "compact",
  retentionMs: -1,
  minCompactionLagMs: 24 * 3_600_000,
  deleteRetentionMs: 32 * 24 * 3_600_000,
  maxMessageBytes: 256 * 1024,
  events: [UserChanged],
} as const;
