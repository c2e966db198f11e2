/**
 * The schema ids that registration wrote down, so that a service encodes and decodes without asking the registry.
 * It is a snapshot: ids that were registered later are learned by the codec when they are met.
 */
import { readFileSync } from "node:fs";
import { AppError } from "../errors/app-error.ts";

/** An Avro schema as parsed JSON. */
export type AvroSchema = Readonly<Record<string, unknown>>;

export interface RegisteredSchemas {
  /** Subject to the id of its current schema. */
  readonly subjects: ReadonlyMap<string, number>;
  /** Id to schema, older versions included. */
  readonly schemas: ReadonlyMap<number, AvroSchema>;
}

/** The form in which they are kept on disk. */
export interface RegisteredSchemasFile {
  readonly subjects: Readonly<Record<string, number>>;
  readonly schemas: Readonly<Record<string, AvroSchema>>;
}

/** Name under which the registry knows an event on a topic (TopicRecordNameStrategy). */
export function subjectOf(topic: string, schema: AvroSchema): string {
  return `${topic}-${String(schema["namespace"])}.${String(schema["name"])}`;
}

/** Reads the file. Throws AppError SCHEMA_IDS_UNREADABLE when it is missing or not what registration writes. */
export function readRegisteredSchemas(file: string): RegisteredSchemas {
  try {
    const content = JSON.parse(readFileSync(file, "utf8")) as RegisteredSchemasFile;
    return {
      subjects: new Map(Object.entries(content.subjects)),
      schemas: new Map(Object.entries(content.schemas).map(([id, schema]) => [Number(id), schema])),
    };
  } catch (cause) {
    throw new AppError({
      code: "SCHEMA_IDS_UNREADABLE",
      message: `cannot read the registered schemas from ${file}; register the schemas first`,
      retry: "never",
      cause,
    });
  }
}
