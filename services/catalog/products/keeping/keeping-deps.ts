/** What the merchant's use cases of the catalogue share. */
import { inTransaction, rollback, type Transaction } from "#platform/database/database.ts";
import { sqlErrorKind } from "#platform/database/sql-errors.ts";
import type { Refusal } from "#platform/http/route.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { CatalogueChange, ShopWindow } from "../shop-window.ts";

export interface CatalogueKeeping extends Pick<Backbone, "db" | "outbox" | "poke" | "hasRoom"> {
  newId(): string;
  readonly window: Pick<ShopWindow, "changed">;
}

export const NOT_FOUND: Refusal = { refused: "NOT_FOUND", status: 404 };
/** The same name or code with other content, or by somebody else. */
export const CONFLICT: Refusal = { refused: "DOCUMENT_CONFLICT" };
export const OUTBOX_FULL: Refusal = { refused: "OUTBOX_FULL", status: 503, retryAfterSeconds: 5 };

export interface Kept<T> {
  readonly kept: T;
  /** Undefined when everything was as wanted already. */
  readonly change: CatalogueChange | undefined;
}

/**
 * Runs a change in one transaction and shows its outcome. A refusal undoes everything. When somebody else takes a code at the
 * same moment, the work is done once more: it then finds that code taken.
 */
export async function keep<T>(
  { db, poke, hasRoom, window }: CatalogueKeeping,
  work: (trx: Transaction) => Promise<Kept<T> | Refusal>,
): Promise<T | Refusal> {
  if (!hasRoom()) return OUTBOX_FULL;
  const outcome = await withSecondTry(() =>
    inTransaction(db, async (trx): Promise<Kept<T> | Refusal> => {
      const done = await work(trx);
      return "kept" in done ? done : rollback(done);
    }),
  );
  if (!("kept" in outcome)) return outcome;
  if (outcome.change !== undefined) {
    poke();
    await window.changed(outcome.change);
  }
  return outcome.kept;
}

async function withSecondTry<T>(work: () => Promise<T>): Promise<T | Refusal> {
  for (const isLast of [false, true]) {
    try {
      return await work();
    } catch (error) {
      if (sqlErrorKind(error) !== "duplicate") throw error;
      if (isLast) break;
    }
  }
  return CONFLICT;
}
