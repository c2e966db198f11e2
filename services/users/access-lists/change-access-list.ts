import { databaseNow, inTransaction } from "#platform/database/database.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { SecurityLog } from "#platform/logging/security-log.ts";
import type { Cause } from "#platform/outbox/outgoing.ts";
import type { AccessListCopy } from "./access-list-copy.ts";
import {
  type AccessEntry,
  type AccessList,
  deleteEntry,
  nextVersion,
  saveEntry,
  type Subject,
} from "./access-list-store.ts";

export interface AccessListDeps extends Pick<Backbone, "db"> {
  readonly accessListCopy: AccessListCopy;
  readonly securityLog: SecurityLog;
}

/** Sets an entry, new or not; in force everywhere once this resolves, if Redis can be reached. */
export async function setAccessEntry(
  { db, accessListCopy, securityLog }: AccessListDeps,
  input: Omit<AccessEntry, "at">,
  { correlationId: requestId }: Cause,
): Promise<AccessEntry> {
  const entry = await inTransaction(db, async (trx) => {
    await nextVersion(trx);
    const set = { ...input, at: await databaseNow(trx) };
    await saveEntry(trx, set);
    return set;
  });
  await accessListCopy.publish();
  const { list, subject, by } = entry;
  securityLog("access-list-set", { list, subject, userId: by, requestId });
  return entry;
}

/** False when there was no such entry. */
export async function removeAccessEntry(
  { db, accessListCopy, securityLog }: AccessListDeps,
  { list, subject, by }: { list: AccessList; subject: Subject; by: string },
  { correlationId: requestId }: Cause,
): Promise<boolean> {
  const removed = await inTransaction(db, async (trx) => {
    await nextVersion(trx);
    return deleteEntry(trx, list, subject);
  });
  if (!removed) return false;
  await accessListCopy.publish();
  securityLog("access-list-removed", { list, subject, userId: by, requestId });
  return true;
}
