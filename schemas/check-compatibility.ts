/**
 * Proves that every version of every event can read every other (FULL_TRANSITIVE), before anything is registered:
 * `node schemas/check-compatibility.ts` says which file breaks which rule and exits with 1.
 *
 * Avro's own resolution is not enough. It lets through what loses meaning on a replay: an enum symbol that vanished
 * reads as the default, string and bytes turn into each other, a field with any default comes and goes. So the shapes
 * are compared as well: what two versions share must be the same, and only `["null", T]` fields may differ.
 */
import avsc from "avsc";
import { isDeepStrictEqual } from "node:util";
import { readSchemas } from "./read-schemas.ts";
import type { AvroEnum, AvroField, AvroRecord, AvroType, SchemaFile } from "./read-schemas.ts";

/** One sentence per violation, beginning with the file; empty when all is well. */
export function findViolations(schemas: readonly SchemaFile[]): string[] {
  return schemas.flatMap((current) => [
    ...misplaced(current),
    ...unreleased(current),
    ...current.history.flatMap((released) => {
      const reasons = [...differences(released.schema, current.schema), ...unreadable(released.schema, current.schema)];
      return reasons.map((reason) => `${current.file} against ${released.file}: ${reason}`);
    }),
  ]);
}

function misplaced({ owner, name, file, schema }: SchemaFile): string[] {
  const expected = `mall.${owner}.${name}`;
  const actual = `${schema.namespace}.${schema.name}`;
  return actual === expected ? [] : [`${file}: the record is ${actual}, expected ${expected}`];
}

function unreleased({ file, schema, history }: SchemaFile): string[] {
  const last = history.at(-1);
  if (last === undefined) return [`${file}: it has no history; release it as history/${schema.name}.1.avsc`];
  const numbers = history.map(({ version }) => version);
  if (
    !isDeepStrictEqual(
      numbers,
      history.map((_, index) => index + 1),
    )
  ) {
    return [`${file}: its history is ${numbers.join(", ")}, but versions count from 1 without gaps`];
  }
  if (isDeepStrictEqual(last.schema, schema)) return [];
  return [`${file}: it differs from ${last.file}; release it as history/${schema.name}.${last.version + 1}.avsc`];
}

/** Both directions, as a registry would judge. */
function unreadable(older: AvroRecord, newer: AvroRecord): string[] {
  return [
    ...resolution(newer, older).map((reason) => `the new version cannot read the old one: ${reason}`),
    ...resolution(older, newer).map((reason) => `the old version cannot read the new one: ${reason}`),
  ];
}

function resolution(reader: AvroRecord, writer: AvroRecord): string[] {
  try {
    const [readerType, writerType] = [reader, writer].map((schema) => avsc.Type.forSchema(schema as avsc.Schema));
    readerType?.createResolver(writerType as avsc.Type);
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

function differences(older: AvroRecord, newer: AvroRecord, path = ""): string[] {
  const newerFields = new Map(newer.fields.map((field) => [field.name, field]));
  const olderNames = new Set(older.fields.map((field) => field.name));
  return [
    ...(older.name === newer.name ? [] : [`${path || "the record"} was renamed from ${older.name} to ${newer.name}`]),
    ...older.fields.flatMap((field) => {
      const kept = newerFields.get(field.name);
      if (kept === undefined) return isOptional(field) ? [] : [`required field ${path}${field.name} was removed`];
      return typeDifferences(field.type, kept.type, `${path}${field.name}`);
    }),
    ...newer.fields
      .filter((field) => !olderNames.has(field.name) && !isOptional(field))
      .map((field) => `field ${path}${field.name} was added but is not optional (["null", T] with default null)`),
  ];
}

function isOptional({ type, default: value }: AvroField): boolean {
  return Array.isArray(type) && type.length === 2 && type[0] === "null" && value === null;
}

function typeDifferences(older: AvroType, newer: AvroType, path: string): string[] {
  const [olderKind, newerKind] = [kindOf(older), kindOf(newer)];
  if (olderKind !== newerKind) return [`the type of ${path} changed from ${olderKind} to ${newerKind}`];
  if (isRecord(older) && isRecord(newer)) return differences(older, newer, `${path}.`);
  if (isEnum(older) && isEnum(newer)) return enumDifferences(older, newer, path);
  const newerParts = partsOf(newer);
  return partsOf(older).flatMap((part, index) => typeDifferences(part, newerParts[index] as AvroType, path));
}

function enumDifferences(older: AvroEnum, newer: AvroEnum, path: string): string[] {
  const removed = older.symbols.filter((symbol) => !newer.symbols.includes(symbol));
  return [
    ...removed.map((symbol) => `symbol ${symbol} of ${path} was removed`),
    ...(older.default === newer.default ? [] : [`the default symbol of ${path} changed`]),
    ...(older.name === newer.name ? [] : [`the enum of ${path} was renamed`]),
  ];
}

/** The outermost part of a type, as far as it must stay the same. */
function kindOf(type: AvroType): string {
  if (typeof type === "string") return type;
  if (isUnion(type)) return `a union of ${type.map(kindOf).join(" and ")}`;
  return "logicalType" in type ? `${type.type} (${type.logicalType})` : type.type;
}

function partsOf(type: AvroType): readonly AvroType[] {
  if (typeof type === "string") return [];
  if (isUnion(type)) return type;
  if ("items" in type) return [type.items];
  return "values" in type ? [type.values] : [];
}

function isUnion(type: AvroType): type is readonly AvroType[] {
  return Array.isArray(type);
}

function isRecord(type: AvroType): type is AvroRecord {
  return typeof type === "object" && "fields" in type;
}

function isEnum(type: AvroType): type is AvroEnum {
  return typeof type === "object" && "symbols" in type;
}

if (import.meta.main) {
  const violations = findViolations(readSchemas(import.meta.dirname));
  for (const violation of violations) console.error(`schemas/${violation}`);
  if (violations.length > 0) process.exitCode = 1;
}
