/**
 * Typed configuration from the environment: read once, validated, frozen. All problems are reported together in one
 * AppError CONFIG_INVALID that names variables and never shows a value. It does not watch for changes.
 */
import { z } from "zod";
import { AppError } from "../errors/app-error.ts";
import type { KeyRing } from "../security/field-cipher.ts";

/** One environment variable and how its text becomes a value. An empty text counts as absent. */
export interface Variable<T> {
  readonly name: string;
  readonly schema: z.ZodType<T, string | undefined>;
}

export interface ConfigShape {
  readonly [field: string]: Variable<unknown> | ConfigShape;
}

export type Config<S extends ConfigShape> = {
  readonly [F in keyof S]: S[F] extends Variable<infer T> ? T : S[F] extends ConfigShape ? Config<S[F]> : never;
};

interface Fallback<T> {
  /** Used when the variable is absent; without it the variable is required. */
  readonly default?: T;
}

/** Reads every variable of the shape; groups nest. Throws CONFIG_INVALID naming each variable that is wrong. */
export function readConfig<const S extends ConfigShape>(
  shape: S,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Config<S> {
  const problems: string[] = [];
  const config = readGroup(shape, env, problems);
  refuseDemoInProduction(env, problems);
  if (problems.length > 0) {
    throw new AppError({
      code: "CONFIG_INVALID",
      message: `Configuration is invalid: ${problems.join("; ")}`,
      retry: "never",
    });
  }
  return config as Config<S>;
}

// Set by whoever hands out secrets that it made up for trying things out, and the accounts that come with them.
const DEMO_VARIABLES = ["MALL_DEMO", "DEMO_ACCOUNTS"];

/** In production nothing starts with secrets and accounts that were made for a demonstration. */
function refuseDemoInProduction(env: Readonly<Record<string, string | undefined>>, problems: string[]): void {
  if (env["NODE_ENV"] !== "production") return;
  for (const name of DEMO_VARIABLES) if (env[name]) problems.push(`${name} is not for production`);
}

function readGroup(shape: ConfigShape, env: Readonly<Record<string, string | undefined>>, problems: string[]): object {
  const group: Record<string, unknown> = {};
  for (const [field, entry] of Object.entries(shape)) {
    if (!isVariable(entry)) {
      group[field] = readGroup(entry, env, problems);
      continue;
    }
    const result = entry.schema.safeParse(env[entry.name] === "" ? undefined : env[entry.name]);
    if (result.success) group[field] = result.data;
    else
      problems.push(
        `${entry.name} ${env[entry.name] ? (result.error.issues[0]?.message ?? "is wrong") : "is missing"}`,
      );
  }
  return Object.freeze(group);
}

function isVariable(entry: Variable<unknown> | ConfigShape): entry is Variable<unknown> {
  return entry["schema"] instanceof z.ZodType;
}

function variable<T>(name: string, parse: z.ZodType<T, string>, fallback: T | undefined): Variable<T> {
  if (fallback === undefined) return { name, schema: parse as z.ZodType<T, string | undefined> };
  return {
    name,
    schema: z.union([z.undefined().transform(() => fallback), parse]) as z.ZodType<T, string | undefined>,
  };
}

/** Parses with `convert`, which returns undefined for a text that is not acceptable; `expected` is what the problem says. */
function converted<T>(expected: string, convert: (text: string) => T | undefined): z.ZodType<T, string> {
  return z.string().transform((text, context) => {
    const value = convert(text);
    if (value !== undefined) return value;
    context.addIssue({ code: "custom", message: `must be ${expected}` });
    return z.NEVER;
  });
}

export function text(name: string, options: Fallback<string> = {}): Variable<string> {
  return variable(name, z.string(), options.default);
}

/** A whole number within [min, max]; the unit belongs into the variable's name. */
export function integer(
  name: string,
  options: Fallback<number> & { readonly min?: number; readonly max?: number } = {},
): Variable<number> {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = options;
  const parse = converted(`a whole number from ${min} to ${max}`, (value) => {
    const number = /^-?\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
    return number >= min && number <= max ? number : undefined;
  });
  return variable(name, parse, options.default);
}

export function port(name: string, options: Fallback<number> = {}): Variable<number> {
  return integer(name, { ...options, min: 1, max: 65_535 });
}

/** Comma list; blanks around items are dropped; at least one item. */
export function list(name: string, options: Fallback<readonly string[]> = {}): Variable<readonly string[]> {
  const parse = converted<readonly string[]>("a comma list", (value) => {
    const items = value.split(",").map((item) => item.trim());
    return items.some((item) => item === "") ? undefined : Object.freeze(items);
  });
  return variable(name, parse, options.default);
}

/** JSON of the given schema. */
export function json<T>(name: string, schema: z.ZodType<T>, options: Fallback<T> = {}): Variable<T> {
  const parse = converted<T>("JSON of the expected shape", (value) => {
    try {
      return schema.safeParse(JSON.parse(value)).data;
    } catch {
      return undefined;
    }
  });
  return variable(name, parse, options.default);
}

/** Base64 of exactly `length` bytes. */
export function secretBytes(name: string, length = 32): Variable<Buffer> {
  return variable(
    name,
    converted(`base64 of ${length} bytes`, (value) => bytesOf(value, length)),
    undefined,
  );
}

/** Base64 of a text, such as a PEM, that would not survive the environment with its line ends. */
export function base64Text(name: string): Variable<string> {
  return variable(
    name,
    converted("base64 of a text", (value) => Buffer.from(value, "base64").toString() || undefined),
    undefined,
  );
}

/** JSON `{"current": id, "keys": {id: base64 of 32 bytes}}`; `current` must be among the keys. */
export function keyRing(name: string): Variable<KeyRing> {
  const shape = z.strictObject({ current: z.string(), keys: z.record(z.string().regex(/^[\w-]{1,32}$/), z.string()) });
  const parse = converted<KeyRing>("a key ring with 32-byte keys", (value) => {
    try {
      const ring = shape.parse(JSON.parse(value));
      const keys = new Map(Object.entries(ring.keys).map(([id, key]) => [id, bytesOf(key, 32)]));
      const complete = keys.has(ring.current) && ![...keys.values()].includes(undefined);
      return complete ? { current: ring.current, keys: keys as Map<string, Buffer> } : undefined;
    } catch {
      return undefined;
    }
  });
  return variable(name, parse, undefined);
}

export function url(name: string, options: Fallback<string> = {}): Variable<string> {
  const parse = converted("an http or https URL without a trailing slash", (value) => {
    return URL.canParse(value) && /^https?:\/\/.*[^/]$/.test(value) ? value : undefined;
  });
  return variable(name, parse, options.default);
}

/** `true`/`1` or `false`/`0`. */
export function flag(name: string, options: Fallback<boolean> = {}): Variable<boolean> {
  const parse = converted("true or false", (value) => {
    return value === "true" || value === "1" ? true : value === "false" || value === "0" ? false : undefined;
  });
  return variable(name, parse, options.default);
}

/** One of the given words. */
export function oneOf<const W extends string>(
  name: string,
  words: readonly W[],
  options: Fallback<W> = {},
): Variable<W> {
  const parse = converted<W>(`one of ${words.join(", ")}`, (value) => words.find((word) => word === value));
  return variable(name, parse, options.default);
}

function bytesOf(base64: string, length: number): Buffer | undefined {
  const bytes = Buffer.from(base64, "base64");
  return bytes.length === length && /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? bytes : undefined;
}

/** What every process has. */
export const processConfig = {
  port: port("PORT"),
  /** 127.0.0.1 unless a container, which has a network of its own, says otherwise. */
  listenHost: text("LISTEN_HOST", { default: "127.0.0.1" }),
  instanceId: text("INSTANCE_ID"),
  logLevel: oneOf("LOG_LEVEL", ["trace", "debug", "info", "warn", "error", "fatal", "silent"], { default: "info" }),
  production: {
    name: "NODE_ENV",
    schema: z.union([z.undefined(), z.string()]).transform((value) => value === "production"),
  } as Variable<boolean>,
};

/** What every service behind the edge has: its process, the key of its Mall-Identity, the key of its /ops routes. */
export const serviceConfig = {
  ...processConfig,
  identityKey: secretBytes("IDENTITY_KEY"),
  opsKey: secretBytes("OPS_KEY"),
};

export const databaseConfig = {
  host: text("DATABASE_HOST"),
  port: port("DATABASE_PORT"),
  database: text("DATABASE_NAME"),
  user: text("DATABASE_USER"),
  password: text("DATABASE_PASSWORD"),
};

export const kafkaConfig = {
  brokers: list("KAFKA_BROKERS"),
  schemaRegistryUrl: url("SCHEMA_REGISTRY_URL"),
  schemaIdsFile: text("SCHEMA_IDS_FILE"),
};

export const redisConfig = {
  host: text("REDIS_HOST"),
  port: port("REDIS_PORT"),
  /** Empty: Redis asks for none, as that of the local stack. */
  password: text("REDIS_PASSWORD", { default: "" }),
};

/** Largest number of events that may wait in the outbox before new work is refused; 0 = no limit. */
export const outboxConfig = { maxRows: integer("OUTBOX_MAX_ROWS", { default: 200_000, min: 0 }) };
