/** Copies of values in which everything personal or secret is masked; the originals are never changed. */
import { maskText } from "../security/masking.ts";

const MASKED = "[masked]";
const TOO_DEEP = "[too deep]";
const MAX_DEPTH = 8;
const MAX_CAUSES = 5;

const TELLING =
  /password|secret|token|phone|mobile|email|receiver|street|authorization|cookie|credential|signature|mallidentity|plaintext|(private|master|transport|identity|ops|index|data|api|callback|wrapped|signing)keys?$/;

// Names repeat for ever, so each is judged once. The limit is for names that come from outside.
const judged = new Map<string, boolean>();
const MAX_JUDGED = 2_000;

function isTelling(key: string): boolean {
  const known = judged.get(key);
  if (known !== undefined) return known;
  const telling = TELLING.test(key.toLowerCase().replace(/[^a-z]/g, ""));
  if (judged.size < MAX_JUDGED) judged.set(key, telling);
  return telling;
}

/** Masks telling keys at any depth, and phone numbers and e-mail addresses in every text. */
export function maskValue(value: unknown): unknown {
  return masked(value, 0);
}

function masked(value: unknown, depth: number): unknown {
  if (typeof value === "string") return maskText(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  if (value instanceof Error) return errorFields(value);
  // Raw bytes are ciphertext, keys or payloads: never readable, sometimes secret.
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= MAX_DEPTH) return TOO_DEEP;
  if (Array.isArray(value)) return value.map((item) => masked(item, depth + 1));
  if (value instanceof Map) return masked(Object.fromEntries(value), depth);
  if (value instanceof Set) return masked([...value], depth);
  const plain = "toJSON" in value && typeof value.toJSON === "function" ? (value.toJSON() as object) : value;
  if (plain !== value) return masked(plain, depth + 1);
  const copy: Record<string, unknown> = {};
  for (const key in value) {
    const field = (value as Record<string, unknown>)[key];
    copy[key] = isTelling(key) && field !== undefined && field !== null ? MASKED : masked(field, depth + 1);
  }
  return copy;
}

export interface ErrorFields {
  readonly type: string;
  readonly code?: string;
  readonly message: string;
  readonly stack?: string;
  /** Codes (or types) and messages of the causes, nearest first. */
  readonly causes?: readonly { readonly code: string; readonly message: string }[];
}

/** What a log line says of an error: no fields but these, since drivers hang SQL and bindings onto theirs. */
export function errorFields(error: Error): ErrorFields {
  const causes: { code: string; message: string }[] = [];
  for (let cause = error.cause; cause instanceof Error && causes.length < MAX_CAUSES; cause = cause.cause) {
    causes.push({ code: codeOf(cause) ?? cause.name, message: maskText(cause.message) });
  }
  const code = codeOf(error);
  return {
    type: error.name,
    ...(code === undefined ? {} : { code }),
    message: maskText(error.message),
    ...(error.stack === undefined ? {} : { stack: maskText(error.stack) }),
    ...(causes.length === 0 ? {} : { causes }),
  };
}

function codeOf(error: Error): string | undefined {
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" || typeof code === "number" ? String(code) : undefined;
}
