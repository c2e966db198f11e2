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
 * Runs a change in one transaction and shows its outcome. A refusal undoes everything. A code that somebody else took at
 * the same moment is a conflict like one that was taken before.
 */
export async function keep<T>(
  { db, poke, hasRoom, window }: CatalogueKeeping,
  work: (trx: Transaction) => Promise<Kept<T> | Refusal>,
): Promise<T | Refusal> {
  if (!hasRoom()) return OUTBOX_FULL;
  let outcome: Kept<T> | Refusal;
  try {
    outcome = await inTransaction(db, async (trx) => {
      const done = await work(trx);
      return "kept" in done ? done : rollback(done);
    });
  } catch (error) {
    if (sqlErrorKind(error) === "duplicate") return CONFLICT;
    throw error;
  }
  if (!("kept" in outcome)) return outcome;
  if (outcome.change !== undefined) {
    poke();
    await window.changed(outcome.change);
  }
  return outcome.kept;
}
