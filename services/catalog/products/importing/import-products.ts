/** The merchant's product file: each line is a SKU as it should be. What is so already stays untouched. */
import { inTransaction, type Transaction } from "#platform/database/database.ts";
import { isTransientSqlError, sqlErrorKind } from "#platform/database/sql-errors.ts";
import { AppError } from "#platform/errors/app-error.ts";
import type { Cause } from "#platform/outbox/outgoing.ts";
import { MAX_SKUS } from "../keeping/keep-skus.ts";
import { newShelf } from "../keeping/keep-products.ts";
import type { CatalogueKeeping } from "../keeping/keeping-deps.ts";
import { saveShelves } from "../keeping/save-shelves.ts";
import { type ProductFields, type Shelf } from "../keeping/shelf.ts";
import { lockShelves, productsByCode, skusByCode } from "../keeping/shelf-store.ts";
import type { ImportLine } from "./import-line.ts";
import { findPlaces, type Places } from "./find-places.ts";
import { type FileLine, readFile } from "./read-file.ts";

export interface LineReport {
  readonly line: number;
  readonly result: "created" | "updated" | "unchanged" | "refused";
  readonly reason: string | null;
}

/** Lines per transaction: few round trips per line, and rows of few products locked at a time. */
const BATCH = 200;
const MAX_TRIES = 3;

/** A line that is sound in itself and agrees with the lines before it. */
interface WantedLine {
  readonly line: number;
  readonly wanted: ImportLine;
  readonly fields: ProductFields;
}

/**
 * Takes in a file, a batch of lines per transaction, and says of each line what became of it, batch by batch. The first batch
 * throws what concerns the file as a whole: VALIDATION_FAILED for its header, OUTBOX_FULL. When the outbox is full or the
 * database away later on, the rest is refused for that reason; the same file again then does it. Ends early when not asked on.
 */
export async function* importProducts(
  deps: CatalogueKeeping,
  text: string,
  cause: Cause,
): AsyncGenerator<LineReport[]> {
  if (!deps.hasRoom()) throw outboxFull();
  const check = createCheck(await findPlaces(deps.db));
  let stopped: string | undefined;
  for (const lines of readFile(text, BATCH)) {
    if (stopped === undefined && !deps.hasRoom()) stopped = "too many events wait to be sent: send the file again";
    if (stopped === undefined) {
      const checked = lines.map(check);
      try {
        yield await takeIn(deps, checked, cause);
        continue;
      } catch (error) {
        if (!isTransientSqlError(error) && !(error instanceof AppError && error.retry === "later")) throw error;
        stopped = "the catalogue cannot take in anything at the moment: send the file again";
      }
    }
    yield lines.map(({ line }) => refused(line, stopped ?? ""));
  }
}

/** The first line stands: what a later one says otherwise would be undone and done again whenever the file is repeated. */
function createCheck({ categoryOf, brandOf }: Places): (line: FileLine) => WantedLine | LineReport {
  const lineOfSku = new Map<string, number>();
  const lineOfProduct = new Map<string, { line: number; said: string }>();
  return (given) => {
    const { line } = given;
    if ("refused" in given) return refused(line, given.refused);
    const { wanted } = given;
    const before = lineOfSku.get(wanted.sku_code);
    if (before !== undefined) return refused(line, `sku_code: is on line ${before} already`);
    const categoryId = categoryOf(wanted.category);
    if (categoryId === undefined) return refused(line, "category: is not known");
    const brandId = brandOf(wanted.brand);
    if (brandId === undefined) return refused(line, "brand: is not known");
    const fields = { name: wanted.product_name, categoryId, brandId, description: wanted.description };
    const said = JSON.stringify([fields, wanted.currency]);
    const first = lineOfProduct.get(wanted.product_code) ?? { line, said };
    if (first.said !== said) return refused(line, `says otherwise about the product than line ${first.line}`);
    lineOfSku.set(wanted.sku_code, line);
    lineOfProduct.set(wanted.product_code, first);
    return { line, wanted, fields };
  };
}

async function takeIn(
  deps: CatalogueKeeping,
  lines: readonly (WantedLine | LineReport)[],
  cause: Cause,
): Promise<LineReport[]> {
  const wanted = lines.flatMap((line) => ("result" in line ? [] : [line]));
  const taken = wanted.length === 0 ? new Map<number, LineReport>() : await takeInWanted(deps, wanted, cause);
  return lines.map((line) => ("result" in line ? line : (taken.get(line.line) as LineReport)));
}

async function takeInWanted(
  deps: CatalogueKeeping,
  lines: readonly WantedLine[],
  cause: Cause,
): Promise<Map<number, LineReport>> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { taken, change } = await inTransaction(deps.db, (trx) => takeInWithin(trx, lines, { deps, cause }));
      if (change !== undefined) {
        deps.poke();
        await deps.window.changed(change);
      }
      return taken;
    } catch (error) {
      // Somebody else has just added one of the codes; looked at again, it is one that is there.
      if (sqlErrorKind(error) !== "duplicate" || attempt === MAX_TRIES) throw error;
    }
  }
}

async function takeInWithin(
  trx: Transaction,
  lines: readonly WantedLine[],
  { deps, cause }: { deps: CatalogueKeeping; cause: Cause },
) {
  const idOf = await productsByCode(trx, unique(lines.map(({ wanted }) => wanted.product_code)));
  const shelves = await lockShelves(trx, idOf.values());
  const skus = await skusByCode(trx, unique(lines.map(({ wanted }) => wanted.sku_code)));
  const byCode = new Map(
    [...idOf].flatMap(([code, id]) => {
      const shelf = shelves.get(id);
      return shelf === undefined ? [] : [[code, shelf] as const];
    }),
  );
  const taken = new Map<number, LineReport>();
  for (const { line, wanted, fields } of lines) {
    const known = skus.get(wanted.sku_code);
    const shelf = byCode.get(wanted.product_code);
    const problem = problemOf(wanted, shelf, known);
    if (problem !== undefined) {
      taken.set(line, refused(line, problem));
      continue;
    }
    const { product_code: productCode, currency } = wanted;
    const home = shelf ?? newShelf(deps, { ...fields, productCode, currency });
    byCode.set(productCode, home);
    taken.set(line, { line, result: apply(home, { wanted, fields, known: known?.skuId }, deps), reason: null });
  }
  const change = await saveShelves(trx, byCode.values(), { outbox: deps.outbox, cause });
  return { taken, change };
}

function problemOf(
  { currency }: ImportLine,
  shelf: Shelf | undefined,
  known: { skuId: string; productId: string } | undefined,
): string | undefined {
  if (known !== undefined && known.productId !== shelf?.product.productId)
    return "sku_code: belongs to another product";
  if (known !== undefined && !shelf?.skus.has(known.skuId)) return "sku_code: belongs to an SKU that was deleted";
  if (shelf !== undefined && shelf.product.currency !== currency) return "currency: is not that of the product";
  if (known === undefined && (shelf?.skus.size ?? 0) >= MAX_SKUS) return `the product has ${MAX_SKUS} SKUs already`;
  return undefined;
}

function apply(
  shelf: Shelf,
  { wanted, fields, known }: { wanted: ImportLine; fields: ProductFields; known: string | undefined },
  { newId }: Pick<CatalogueKeeping, "newId">,
): LineReport["result"] {
  const { sku_code: skuCode, attributes, price_cents: priceCents, stock, threshold } = wanted;
  const { product } = shelf;
  shelf.change(fields);
  const sku = known === undefined ? undefined : shelf.skus.get(known);
  if (sku === undefined) {
    shelf.addSku({ skuId: newId(), skuCode, attributes, priceCents, units: stock, threshold });
    return "created";
  }
  const isSame = shelf.changeSku(sku, { skuCode, attributes, priceCents, onSale: sku.onSale }) === sku;
  return isSame && shelf.product === product ? "unchanged" : "updated";
}

function refused(line: number, reason: string): LineReport {
  return { line, result: "refused", reason };
}

function unique(codes: readonly string[]): string[] {
  return [...new Set(codes)];
}

function outboxFull(): AppError {
  const message = "Too many events wait to be sent; the same file again will do the rest";
  return new AppError({ code: "OUTBOX_FULL", message, retry: "later", status: 503, retryAfterSeconds: 5 });
}
