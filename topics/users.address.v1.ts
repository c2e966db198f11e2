import { AddressChanged } from "#schemas/event-types.ts";

/** The current delivery addresses, encrypted, for replicas; a tombstone removes one. */
export const usersAddressV1 = {
  name: "users.address.v1",
  aggregateType: 6,
  owner: "users",
  key: "addressId",
  partitions: 12,
  cleanupPolicy: "compact",
  retentionMs: -1,
  minCompactionLagMs: 24 * 3_600_000,
  deleteRetentionMs: 32 * 24 * 3_600_000,
  maxMessageBytes: 256 * 1024,
  events: [AddressChanged],
} as const;
