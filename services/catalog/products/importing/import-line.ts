/** What a line of the merchant's file says: one SKU and the product it belongs to. */
import { z } from "zod";
import { idText, trimmedText } from "#platform/http/fields.ts";
import { attributeName, code, description, MAX_PRICE_CENTS, name, threshold, units } from "../keeping/kept-fields.ts";

/** A spreadsheet that opens a list of ours would run a cell that begins like this. */
const FORMULA = /^[=+\-@\t\r]/;
const text = <T extends z.ZodType<string, string>>(field: T) =>
  z
    .string()
    .refine((cell) => !FORMULA.test(cell), "must not begin with = + - @ or a tab")
    .pipe(field);
const whole = (field: z.ZodType<number, number>) =>
  z
    .string()
    .regex(/^[0-9]{1,12}$/, "must be a whole number")
    .transform(Number)
    .pipe(field);
const wholeOrNone = (field: z.ZodType<number, number>) =>
  z.preprocess((cell) => (cell === undefined || cell === "" ? "0" : cell), whole(field));

const lineFields = {
  product_code: code,
  product_name: text(name),
  category: text(trimmedText(500)),
  brand: text(trimmedText(100)),
  description: text(description).default(""),
  currency: z.preprocess(
    (cell) => (cell === "" ? undefined : cell),
    z
      .string()
      .regex(/^[A-Z]{3}$/)
      .default("CNY"),
  ),
  sku_code: code,
  price_cents: whole(z.int().min(0).max(MAX_PRICE_CENTS)),
  stock: wholeOrNone(units),
  threshold: wholeOrNone(threshold),
};
const lineSchema = z.strictObject(lineFields);
const attributeValue = text(trimmedText(100));
const REQUIRED = ["product_code", "product_name", "category", "brand", "sku_code", "price_cents"];
const ATTRIBUTE = "attribute:";
const MAX_ATTRIBUTES = 20;

export type ImportLine = z.output<typeof lineSchema> & { readonly attributes: Readonly<Record<string, string>> };

/** The columns of a file, in order; a list of complaints when they are not what they must be. */
export function readHeader(cells: readonly string[]): { columns: readonly string[] } | { problems: string[] } {
  const columns = cells.map((cell) => cell.trim());
  const problems: string[] = [];
  for (const [at, column] of columns.entries()) {
    if (columns.indexOf(column) !== at) problems.push(`column ${at + 1} has the name of an earlier one`);
    else if (!isColumn(column)) problems.push(`column ${at + 1} is none of those there may be`);
  }
  for (const required of REQUIRED) if (!columns.includes(required)) problems.push(`the column ${required} is missing`);
  if (columns.filter(isAttribute).length > MAX_ATTRIBUTES) problems.push(`more than ${MAX_ATTRIBUTES} attributes`);
  return problems.length > 0 ? { problems } : { columns };
}

/** The line, or why it cannot be taken: names of columns and what is expected in them, never what was found. */
export function readLine(columns: readonly string[], cells: readonly string[]): ImportLine | { refused: string } {
  if (cells.length !== columns.length) return { refused: `${cells.length} cells under ${columns.length} columns` };
  const fields: Record<string, string> = {};
  const attributes: Record<string, string> = {};
  const problems: string[] = [];
  for (const [at, column] of columns.entries()) {
    const cell = cells[at] as string;
    if (!isAttribute(column)) fields[column] = cell;
    else if (cell.trim() !== "") {
      const value = attributeValue.safeParse(cell);
      if (value.success) attributes[column.slice(ATTRIBUTE.length)] = value.data;
      else problems.push(`${column}: ${value.error.issues[0]?.message ?? "is not valid"}`);
    }
  }
  const line = lineSchema.safeParse(fields);
  if (!line.success) problems.push(...line.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`));
  if (!line.success || problems.length > 0) return { refused: problems.join("; ") };
  return { ...line.data, attributes };
}

/** True for the text of an id, which a category or brand may be given by instead of its name. */
export function isIdText(cell: string): boolean {
  return idText.safeParse(cell).success;
}

function isColumn(column: string): boolean {
  if (!isAttribute(column)) return Object.hasOwn(lineFields, column);
  const attribute = column.slice(ATTRIBUTE.length);
  return attribute !== "__proto__" && attributeName.safeParse(attribute).data === attribute;
}

function isAttribute(column: string): boolean {
  return column.startsWith(ATTRIBUTE);
}
