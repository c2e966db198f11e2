import { parse } from "csv-parse/sync";
import { validationFailed } from "#platform/http/problem.ts";
import { type ImportLine, readHeader, readLine } from "./import-line.ts";
import { type RawRecord, splitRecords } from "./split-records.ts";

/** A line that can be taken, or why not. */
export type FileLine = { readonly line: number } & ({ readonly wanted: ImportLine } | { readonly refused: string });

const MAX_RECORD_LENGTH = 32_768;
// Behind each unclosed quote up to a whole record's length is read again.
const MAX_UNCLOSED = 100;

/**
 * The lines of a CSV text behind its header, a batch of at most `batchSize` at a time, so that no more than that is held as
 * objects. Throws VALIDATION_FAILED when the header cannot be used.
 */
export function* readFile(text: string, batchSize: number): Generator<FileLine[]> {
  const records = splitRecords(text, MAX_RECORD_LENGTH);
  const columns = headerOf(records.next().value as RawRecord | undefined);
  let batch: RawRecord[] = [];
  let unclosed = 0;
  for (const record of records) {
    batch.push(record);
    if (!record.isWhole) unclosed += 1;
    if (batch.length < batchSize && unclosed < MAX_UNCLOSED) continue;
    yield linesOf(batch, columns);
    batch = [];
    if (unclosed < MAX_UNCLOSED) continue;
    yield [
      {
        line: record.line + 1,
        refused: `more than ${MAX_UNCLOSED} quotes do not match: nothing from here on was read`,
      },
    ];
    return;
  }
  if (batch.length > 0) yield linesOf(batch, columns);
}

function headerOf(record: RawRecord | undefined): readonly string[] {
  const cells = record === undefined || !record.isWhole ? undefined : cellsOf([record])?.[0];
  const header = cells === undefined ? { problems: ["the first line must name the columns"] } : readHeader(cells);
  if ("columns" in header) return header.columns;
  throw validationFailed(header.problems.map((message) => ({ path: "header", message })));
}

function linesOf(records: readonly RawRecord[], columns: readonly string[]): FileLine[] {
  const whole = records.filter(({ isWhole }) => isWhole);
  // Parsed together, as that is ten times quicker; one by one only when one of them is broken.
  const together = cellsOf(whole);
  const cells = new Map(whole.map((record, at) => [record, together ? together[at] : cellsOf([record])?.[0]]));
  return records.map((record): FileLine => {
    const found = cells.get(record);
    if (!record.isWhole) return { line: record.line, refused: "a quote is not closed, or too early" };
    if (found === undefined) return { line: record.line, refused: "a quote stands where none may be" };
    const read = readLine(columns, found);
    return "refused" in read ? { line: record.line, ...read } : { line: record.line, wanted: read };
  });
}

/** Undefined when any of the records cannot be parsed. */
function cellsOf(records: readonly RawRecord[]): string[][] | undefined {
  try {
    const text = records.map((record) => record.text).join("\n");
    const cells = parse(text, { relax_column_count: true, record_delimiter: "\n", skip_empty_lines: false });
    return cells.length === records.length ? cells : undefined;
  } catch {
    return undefined; // the caller says which line it was
  }
}
