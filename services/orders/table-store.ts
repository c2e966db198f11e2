/**
 * Rows as values and back, for tables written whole and set-wise: one list of fields is the only place that knows which
 * column a field lives in. A field `paidAt` lives in `paid_at`.
 */
import {
  placeholders,
  rows,
  type Transaction,
  type Queryable,
  execute,
  executeLater,
} from "#platform/database/database.ts";
import { keyPages } from "#platform/database/key-pages.ts";

/** How a field is kept; `plain` is what the driver takes and gives: ids as text, times, bytes, small numbers. */
export type Kind = "plain" | "number" | "flag" | "json";
export type Row = Readonly<Record<string, unknown>>;

export interface Table<T> {
  readonly name: string;
  /** First the primary key. */
  readonly columns: readonly string[];
  /** For SQL texts: all columns, and `column = VALUES(column)` for those that may change. */
  readonly COLUMNS: string;
  readonly UPDATES: string;
  values(value: T): unknown[];
  read(row: Row): T;
}

/** Fields of one kind, for `tableOf`. */
export function all<K extends Kind, F extends string>(kind: K, ...fields: F[]): Record<F, K> {
  return Object.fromEntries(fields.map((field) => [field, kind])) as Record<F, K>;
}

/** `fixed`: fields that an update leaves alone. `short`: of the topic whose last event `seq` and `eventId` name. */
export function tableOf<T extends object>(
  name: string,
  fields: Readonly<Record<keyof T & string, Kind>>,
  { fixed = [], short }: { fixed?: readonly (keyof T & string)[]; short?: string } = {},
): Table<T> {
  const columnOf = (field: string): string =>
    short && (field === "seq" || field === "eventId") ? `${short}_${snakeCase(field)}` : snakeCase(field);
  const entries = Object.entries<Kind>(fields).map(([field, kind]) => ({ field, kind, column: columnOf(field) }));
  const changing = entries.filter(({ field }) => !(fixed as readonly string[]).includes(field));
  return {
    name,
    columns: entries.map(({ column }) => column),
    COLUMNS: entries.map(({ column }) => column).join(", "),
    UPDATES: changing.map(({ column }) => `${column} = VALUES(${column})`).join(", "),
    values: (value) => entries.map(({ field, kind }) => stored((value as Row)[field], kind)),
    read: (row) => Object.fromEntries(entries.map(({ field, kind, column }) => [field, given(row[column], kind)])) as T,
  };
}

/** At once, so that a key which is taken is heard of here. */
export async function insertRow<T>(trx: Transaction, table: Table<T>, value: T): Promise<void> {
  const { name, COLUMNS, columns } = table;
  const sql = `INSERT INTO ?? (${COLUMNS}) VALUES ${placeholders(1, columns.length)}`;
  await execute(trx, sql, [name, ...table.values(value)]);
}

/** With the transaction's next statement. */
export async function insertRows<T>(trx: Transaction, table: Table<T>, values: readonly T[]): Promise<void> {
  if (values.length === 0) return;
  const { name, COLUMNS, columns } = table;
  const sql = `INSERT INTO ?? (${COLUMNS}) VALUES ${placeholders(values.length, columns.length)}`;
  executeLater(trx, sql, [name, ...values.flatMap((value) => table.values(value))]);
}

/** Writes rows whole and absolutely: the caller holds locked those that are there. */
export async function upsertRows<T>(trx: Transaction, table: Table<T>, values: readonly T[]): Promise<void> {
  if (values.length === 0) return;
  const { name, COLUMNS, UPDATES, columns } = table;
  const sql = `INSERT INTO ?? (${COLUMNS}) VALUES ${placeholders(values.length, columns.length)}
    ON DUPLICATE KEY UPDATE ${UPDATES}`;
  executeLater(trx, sql, [name, ...values.flatMap((value) => table.values(value))]);
}

/** By primary key, unlocked. */
export async function readRows<T>(db: Queryable, table: Table<T>, ids: readonly string[]): Promise<T[]> {
  const { name, COLUMNS, columns } = table;
  const found: Row[] = [];
  for (const page of keyPages(ids)) {
    const sql = `SELECT ${COLUMNS} FROM ?? WHERE ?? IN ${placeholders(1, page.length)}`;
    found.push(...(await rows<Row>(db, sql, [name, columns[0], ...page])));
  }
  return found.map(table.read);
}

/** By primary key and locked in its ascending order, in which everybody locks them. */
export async function lockRows<T>(trx: Transaction, table: Table<T>, ids: readonly string[]): Promise<T[]> {
  const { name, COLUMNS, columns } = table;
  const found: Row[] = [];
  for (const page of keyPages(ids)) {
    // Without the forced index a small table is scanned, which locks rows in another order.
    const sql = `SELECT ${COLUMNS} FROM ?? FORCE INDEX (PRIMARY) WHERE ?? IN ${placeholders(1, page.length)}
      ORDER BY ?? FOR UPDATE`;
    found.push(...(await rows<Row>(trx, sql, [name, columns[0], ...page, columns[0]])));
  }
  return found.map(table.read);
}

function snakeCase(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function stored(value: unknown, kind: Kind): unknown {
  return kind === "json" && value !== null ? JSON.stringify(value) : value;
}

/** MariaDB hands a JSON column over as text, MySQL as a value. */
function given(value: unknown, kind: Kind): unknown {
  if (value === null || kind === "plain") return value;
  if (kind === "number") return Number(value);
  if (kind === "flag") return value === 1;
  return typeof value === "string" ? JSON.parse(value) : value;
}
