/**
 * The writers' schemas that this process knows, and how it learns more. An id never changes its meaning, so what is
 * known stays known; that an id is missing is believed for 30 s, since each unknown message would ask again.
 */
import type avsc from "avsc";
import { AppError } from "../errors/app-error.ts";
import { avroTypeOf } from "./bounded-types.ts";
import type { AvroSchema } from "./registered-schemas.ts";

export interface SchemaLookup {
  /** undefined: the registry knows no such id. Rejects when it gives no answer. */
  schemaById(id: number): Promise<AvroSchema | undefined>;
}

export interface SchemaStore {
  /** The type of a known schema, undefined for another id. Throws when the schema is no valid Avro. */
  writer(id: number): avsc.Type | undefined;
  learn(id: number): Promise<"known" | "missing">;
}

const missingForMs = 30_000;

/** `now` in milliseconds. */
export function createSchemaStore(options: {
  schemas: ReadonlyMap<number, AvroSchema>;
  registry: SchemaLookup | undefined;
  now: () => number;
}): SchemaStore {
  const { registry, now } = options;
  const schemas = new Map(options.schemas);
  const writers = new Map<number, avsc.Type>();
  const missingSince = new Map<number, number>();
  const asking = new Map<number, Promise<"known" | "missing">>();

  const ask = async (id: number): Promise<"known" | "missing"> => {
    const schema = await lookUp(registry, id);
    if (schema === undefined) {
      missingSince.set(id, now());
      return "missing";
    }
    missingSince.delete(id);
    schemas.set(id, schema);
    return "known";
  };

  return {
    writer(id) {
      const known = writers.get(id);
      const schema = schemas.get(id);
      if (known !== undefined || schema === undefined) return known;
      const writer = avroTypeOf(schema);
      writers.set(id, writer);
      return writer;
    },
    async learn(id) {
      if (schemas.has(id)) return "known";
      const since = missingSince.get(id);
      if (since !== undefined && now() - since < missingForMs) return "missing";
      let answer = asking.get(id);
      if (answer === undefined) {
        answer = ask(id).finally(() => asking.delete(id));
        asking.set(id, answer);
      }
      return answer;
    },
  };
}

async function lookUp(registry: SchemaLookup | undefined, id: number): Promise<AvroSchema | undefined> {
  try {
    if (registry === undefined) throw new Error("no registry was given");
    return await registry.schemaById(id);
  } catch (cause) {
    const message = `cannot ask the schema registry for schema ${id}`;
    throw new AppError({ code: "REGISTRY_UNAVAILABLE", message, retry: "later", status: 503, cause });
  }
}
