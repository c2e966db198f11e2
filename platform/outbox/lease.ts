/**
 * A lease row limits a job to one active instance, to save work. It guarantees nothing else: two holders for a moment must
 * be merely wasteful. Only the database's clock counts; the holder stops a second before its own monotonic clock says that
 * the lease ends.
 */
import type { Knex } from "knex";
import { execute } from "../database/database.ts";

const TTL_SECONDS = 3;
const RENEW_EVERY_MS = 1_000;
const SAFE_FOR_MS = (TTL_SECONDS - 1) * 1_000;

export interface Lease {
  /** True while this instance may act; renews once a second, inside the call. */
  held(): Promise<boolean>;
  release(): Promise<void>;
}

/** `owner` names the instance slot, so a restarted process takes its own lease over at once. */
export function createLease(db: Knex, name: string, owner: string): Lease {
  let inserted = false;
  let triedAt = -Infinity;
  let heldUntil = -Infinity;

  async function acquire(): Promise<boolean> {
    if (!inserted) {
      await execute(db, "INSERT IGNORE INTO lease (name, owner, epoch, expires_at) VALUES (?, ?, 0, NOW(3))", [
        name,
        owner,
      ]);
      inserted = true;
    }
    const changed = await execute(
      db,
      `UPDATE lease SET owner = ?, epoch = epoch + 1, expires_at = NOW(3) + INTERVAL ${TTL_SECONDS} SECOND
       WHERE name = ? AND (expires_at < NOW(3) OR owner = ?)`,
      [owner, name, owner],
    );
    return changed === 1;
  }

  return {
    async held() {
      const now = performance.now();
      if (now - triedAt >= RENEW_EVERY_MS) {
        triedAt = now;
        // Counted from before the statement: its own duration is part of the lease.
        if (await acquire()) heldUntil = now + SAFE_FOR_MS;
      }
      return performance.now() < heldUntil;
    },
    async release() {
      heldUntil = -Infinity;
      await execute(db, "UPDATE lease SET expires_at = NOW(3) - INTERVAL 1 SECOND WHERE name = ? AND owner = ?", [
        name,
        owner,
      ]);
    },
  };
}
