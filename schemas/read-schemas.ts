/** Reads the Avro files of this folder: one folder per owner, one file per event, released versions under `history/`. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

export interface AvroRecord {
  readonly type: "record";
  readonly name: string;
  readonly namespace?: string;
  readonly doc?: string;
  readonly fields: readonly AvroField[];
}

export interface AvroField {
  readonly name: string;
  readonly type: AvroType;
  readonly doc?: string;
  readonly default?: unknown;
}

export interface AvroEnum {
  readonly type: "enum";
  readonly name: string;
  readonly doc?: string;
  readonly symbols: readonly string[];
  readonly default?: string;
}

/** A type as it may stand in our files; references are names. */
export type AvroType =
  | string
  | readonly AvroType[]
  | AvroRecord
  | AvroEnum
  | { readonly type: "array"; readonly items: AvroType }
  | { readonly type: "map"; readonly values: AvroType }
  | { readonly type: "long" | "int"; readonly logicalType: string };

export interface SchemaFile {
  readonly owner: string;
  readonly name: string;
  /** Relative to the folder that was read, for messages. */
  readonly file: string;
  readonly schema: AvroRecord;
  /** Released versions, oldest first. */
  readonly history: readonly { readonly version: number; readonly file: string; readonly schema: AvroRecord }[];
}

/** Every event under the folder, ordered by owner and name. Throws when a file is not JSON. */
export function readSchemas(folder: string): SchemaFile[] {
  const owners = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return owners
    .map((entry) => entry.name)
    .toSorted()
    .flatMap((owner) => readOwner(folder, owner));
}

function readOwner(folder: string, owner: string): SchemaFile[] {
  const names = readdirSync(join(folder, owner)).filter((file) => file.endsWith(".avsc"));
  return names.toSorted().map((file) => {
    const name = file.slice(0, -".avsc".length);
    const path = join(folder, owner, file);
    return {
      owner,
      name,
      file: relative(folder, path),
      schema: readJson(path),
      history: readHistory(folder, owner, name),
    };
  });
}

function readHistory(folder: string, owner: string, name: string): SchemaFile["history"] {
  const directory = join(folder, owner, "history");
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .map((file) => ({ file, match: /^(\w+)\.(\d+)\.avsc$/.exec(file) }))
    .filter(({ match }) => match?.[1] === name)
    .map(({ file, match }) => ({
      version: Number(match?.[2]),
      file: relative(folder, join(directory, file)),
      schema: readJson(join(directory, file)),
    }))
    .toSorted((a, b) => a.version - b.version);
}

function readJson(path: string): AvroRecord {
  return JSON.parse(readFileSync(path, "utf8")) as AvroRecord;
}
