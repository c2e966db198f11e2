/**
 * The few calls we make to a Confluent-compatible schema registry. Every call answers or fails within the time-out and
 * is tried once; "no answer" (retry later) is told apart from "no" (retry never). Why not the usual client: decisions.md.
 */
import { AppError } from "../errors/app-error.ts";
import type { AvroSchema } from "./registered-schemas.ts";
import type { SchemaLookup } from "./schema-store.ts";

export interface RegistryClient extends SchemaLookup {
  /** Sets the rule for every subject that has none of its own. */
  setCompatibility(level: "FULL_TRANSITIVE"): Promise<void>;
  /** Id of the schema under this subject; registers it when new. AppError SCHEMA_REFUSED when it is incompatible. */
  register(subject: string, schema: AvroSchema): Promise<number>;
  /** All versions of a subject, oldest first. */
  versions(subject: string): Promise<{ readonly id: number; readonly schema: AvroSchema }[]>;
}

/** `url` is the base of the Confluent API. All calls reject with AppError REGISTRY_UNAVAILABLE when there is no answer. */
export function createRegistryClient({ url, timeoutMs = 3000 }: { url: string; timeoutMs?: number }): RegistryClient {
  const call = (method: string, path: string, body?: unknown): Promise<unknown> =>
    request({ method, url: `${url.replace(/\/$/, "")}${path}`, body, timeoutMs });

  return {
    async setCompatibility(compatibility) {
      await call("PUT", "/config", { compatibility });
    },
    async register(subject, schema) {
      const answer = await call("POST", `/subjects/${encodeURIComponent(subject)}/versions`, {
        schema: JSON.stringify(schema),
      });
      return (answer as { id: number }).id;
    },
    async versions(subject) {
      const base = `/subjects/${encodeURIComponent(subject)}/versions`;
      const numbers = (await call("GET", base)) as number[];
      const answers = await Promise.all(
        numbers.toSorted((a, b) => a - b).map((number) => call("GET", `${base}/${number}`)),
      );
      return (answers as { id: number; schema: string }[]).map(({ id, schema }) => ({
        id,
        schema: parseSchema(schema),
      }));
    },
    async schemaById(id) {
      try {
        const { schema, schemaType = "AVRO" } = (await call("GET", `/schemas/ids/${id}`)) as SchemaAnswer;
        return schemaType === "AVRO" ? parseSchema(schema) : undefined;
      } catch (error) {
        if (error instanceof AppError && error.code === "REGISTRY_NOT_FOUND") return undefined;
        throw error;
      }
    },
  };
}

interface SchemaAnswer {
  readonly schema: string;
  /** Absent for Avro. */
  readonly schemaType?: string;
}

function parseSchema(text: string): AvroSchema {
  return JSON.parse(text) as AvroSchema;
}

interface Request {
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
  readonly timeoutMs: number;
}

async function request({ method, url, body, timeoutMs }: Request): Promise<unknown> {
  let status: number;
  let answer: unknown;
  try {
    const response = await fetch(url, {
      method,
      signal: AbortSignal.timeout(timeoutMs),
      headers: { "content-type": "application/vnd.schemaregistry.v1+json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    status = response.status;
    answer = await response.json();
  } catch (cause) {
    throw unavailable(`the schema registry gave no answer to ${method} ${url}`, cause);
  }
  if (status >= 200 && status < 300) return answer;
  if (status >= 500 || status === 429) throw unavailable(`the schema registry answered ${status} to ${method} ${url}`);
  throw refusal(status, `${method} ${url}: ${(answer as { message?: string }).message ?? "no reason given"}`);
}

function unavailable(message: string, cause?: unknown): AppError {
  return new AppError({ code: "REGISTRY_UNAVAILABLE", message, retry: "later", status: 503, cause });
}

/** 404 is an answer about the thing asked for; 409 and 422 judge the schema; the rest is our own mistake. */
function refusal(status: number, message: string): AppError {
  const codes = new Map([
    [404, "REGISTRY_NOT_FOUND"],
    [409, "SCHEMA_REFUSED"],
    [422, "SCHEMA_REFUSED"],
  ]);
  return new AppError({ code: codes.get(status) ?? "REGISTRY_REFUSED", message, retry: "never" });
}
