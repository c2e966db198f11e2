/**
 * How a record's headers and, where it differs from the aggregate id, its key are kept in one column until the relay sends
 * them. Text stays text; bytes that are not valid UTF-8 (foreign headers of a dead letter) are kept as base64.
 */
import type { RawHeaders } from "../kafka/envelope.ts";

type StoredValue = string | { readonly base64: string };

interface Stored {
  readonly headers: Readonly<Record<string, StoredValue | StoredValue[]>>;
  /** Base64 of the record's key when it is not the aggregate id; null for a record without a key. */
  readonly key?: string | null;
}

/** Packs headers, and a key if one is given, into a JSON text. */
export function packHeaders(headers: RawHeaders, key?: Buffer | null): string {
  const stored: Record<string, StoredValue | StoredValue[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) stored[name] = Array.isArray(value) ? value.map(storable) : storable(value);
  }
  return JSON.stringify(
    key === undefined ? { headers: stored } : { headers: stored, key: key?.toString("base64") ?? null },
  );
}

/** The reverse of `packHeaders`; `key` is undefined when the aggregate id is the key. */
export function unpackHeaders(text: Buffer): {
  headers: Record<string, Buffer | string>;
  key: Buffer | null | undefined;
} {
  const { headers, key } = JSON.parse(text.toString()) as Stored;
  const unpacked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(headers)) {
    unpacked[name] = Array.isArray(value) ? value.map(restored) : restored(value);
  }
  return {
    headers: unpacked as Record<string, Buffer | string>,
    key: key === undefined ? undefined : key === null ? null : Buffer.from(key, "base64"),
  };
}

function storable(value: Buffer | string): StoredValue {
  if (typeof value === "string") return value;
  const text = value.toString();
  return Buffer.from(text).equals(value) ? text : { base64: value.toString("base64") };
}

function restored(value: StoredValue): Buffer | string {
  return typeof value === "string" ? value : Buffer.from(value.base64, "base64");
}
