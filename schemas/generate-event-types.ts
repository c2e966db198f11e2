/**
 * Generates event-types.ts from the Avro files: `node schemas/generate-event-types.ts` writes it, `--check` only says
 * whether it is stale (exit code 1). Nested records and enums may appear in several events under one name only if they
 * are the same everywhere, because they become one TypeScript type.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "oxfmt";
import { readSchemas } from "./read-schemas.ts";
import type { AvroField, AvroRecord, AvroType, SchemaFile } from "./read-schemas.ts";

/** Fields of these names hold ids of one kind each; the generated type tells them apart. */
const idFields = new Set([
  "addressId",
  "brandId",
  "categoryId",
  "documentId",
  "orderId",
  "paymentId",
  "productId",
  "refundId",
  "skuId",
  "userId",
]);

const header = `// Generated from the Avro files of this folder by generate-event-types.ts; change those, not this.

/** One event: its Avro record, the service that owns it, and (as T) the TypeScript shape of its value. */
export interface EventType<T> {
  readonly name: string;
  readonly owner: string;
  readonly schema: Readonly<Record<string, unknown>>;
  /** Never set; it carries T. */
  readonly sample?: T;
}

declare const brand: unique symbol;
`;

/** The text of event-types.ts. Throws when two declarations claim one name. */
export async function generateEventTypes(schemas: readonly SchemaFile[]): Promise<string> {
  const declarations = new Map<string, string>();
  const declare = (name: string, text: string): void => {
    const known = declarations.get(name);
    if (known !== undefined && known !== text) throw new Error(`${name} is declared twice, and differently`);
    declarations.set(name, text);
  };
  for (const { schema } of schemas) declareRecord(schema, declare);
  const parts = [
    header,
    ...[...idFields].map(
      (field) => `export type ${idType(field)} = string & { readonly [brand]: "${idType(field)}" };\n`,
    ),
    ...declarations.values(),
    ...schemas.map(eventConstant),
  ];
  const { code, errors } = await format("event-types.ts", parts.join("\n"), { printWidth: 120 });
  if (errors.length > 0) throw new Error(`the generated text does not parse: ${JSON.stringify(errors)}`);
  return code;
}

type Declare = (name: string, text: string) => void;

function declareRecord(record: AvroRecord, declare: Declare): void {
  const fields = record.fields.map(
    (field) => `${docComment(field.doc)}readonly ${field.name}: ${fieldType(field, declare)};\n`,
  );
  declare(record.name, `${docComment(record.doc)}export interface ${record.name} {\n${fields.join("")}}\n`);
}

function fieldType(field: AvroField, declare: Declare): string {
  const type = typeText(field.type, declare);
  return idFields.has(field.name) ? type.replace("string", idType(field.name)) : type;
}

const primitives = new Map([
  ["null", "null"],
  ["boolean", "boolean"],
  ["int", "number"],
  ["long", "number"],
  ["float", "number"],
  ["double", "number"],
  ["string", "string"],
  ["bytes", "Buffer"],
]);

function typeText(type: AvroType, declare: Declare): string {
  if (typeof type === "string") return primitives.get(type) ?? (type.split(".").at(-1) as string);
  if (isUnion(type)) return unionText(type, declare);
  if ("logicalType" in type) return "number";
  switch (type.type) {
    case "record":
      declareRecord(type, declare);
      return type.name;
    case "enum": {
      const symbols = type.symbols.map((symbol) => JSON.stringify(symbol)).join(" | ");
      declare(type.name, `${docComment(type.doc)}export type ${type.name} = ${symbols};\n`);
      return type.name;
    }
    case "array":
      return `readonly ${typeText(type.items, declare)}[]`;
    case "map":
      return `Readonly<Record<string, ${typeText(type.values, declare)}>>`;
    default:
      throw new Error(`no TypeScript for ${JSON.stringify(type)}`);
  }
}

function unionText(union: readonly AvroType[], declare: Declare): string {
  const [first, second, ...others] = union;
  if (first !== "null" || second === undefined || others.length > 0) {
    throw new Error(`only ["null", T] unions are used, not ${JSON.stringify(union)}`);
  }
  return `${typeText(second, declare)} | null`;
}

function isUnion(type: AvroType): type is readonly AvroType[] {
  return Array.isArray(type);
}

function idType(field: string): string {
  return field.charAt(0).toUpperCase() + field.slice(1);
}

function docComment(doc: string | undefined): string {
  return doc === undefined ? "" : `/** ${doc} */\n`;
}

function eventConstant({ name, owner, schema }: SchemaFile): string {
  // JSON as one line lets the formatter break it where it must.
  return `export const ${name}: EventType<${name}> = { name: "${name}", owner: "${owner}", schema: ${JSON.stringify(schema)} };\n`;
}

async function main(): Promise<void> {
  const target = join(import.meta.dirname, "event-types.ts");
  const text = await generateEventTypes(readSchemas(import.meta.dirname));
  const current = existsSync(target) ? readFileSync(target, "utf8") : "";
  if (current === text) return;
  if (process.argv.includes("--check")) {
    console.error("schemas/event-types.ts is stale: run node schemas/generate-event-types.ts");
    process.exitCode = 1;
    return;
  }
  writeFileSync(target, text);
  console.log("wrote schemas/event-types.ts");
}

if (import.meta.main) await main();
