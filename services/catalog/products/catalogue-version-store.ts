/** All SQL on the catalogue's one row: its version. */
import { execute, type Queryable, rows, type Transaction } from "#platform/database/database.ts";

export async function readCatalogueVersion(on: Queryable): Promise<number> {
  const [row] = await rows<{ version: number }>(on, "SELECT version FROM pms_catalogue WHERE id = 1");
  return row?.version ?? 0;
}

/**
 * Raises and returns the version; from here to the end of the transaction nobody else changes the catalogue. So it comes
 * last where rows of products are locked, and first where nothing else is (categories, brands), to check and write alone.
 */
export async function raiseCatalogueVersion(trx: Transaction): Promise<number> {
  await execute(trx, "UPDATE pms_catalogue SET version = version + 1 WHERE id = 1");
  return readCatalogueVersion(trx);
}
