/**
 * Ids. Row ids are 63-bit decimal strings that grow with time; a clash between processes is improbable, not impossible:
 * the table's key finds it and the use case takes another id once. Event ids are UUIDs: v7 for facts, v5 where the same
 * fact must get the same id again.
 */
import { randomInt } from "node:crypto";
import { v5, v7, validate } from "uuid";

const EPOCH_MS = Date.UTC(2024, 0, 1);
const COUNTER_SIZE = 2 ** 22;
/** Namespace of the namespaces that are given as names. */
const NAMES = "5f1c7c52-4d0e-4a57-9d0c-6a1f6c6f2b11";

/** 41 bits of milliseconds since 2024-01-01 UTC, then a 22-bit counter that starts at random and wraps. */
export function createIds(nowMs: () => number = Date.now): () => string {
  let counter = randomInt(COUNTER_SIZE);
  return () => {
    counter = (counter + 1) % COUNTER_SIZE;
    return String((BigInt(nowMs() - EPOCH_MS) << 22n) | BigInt(counter));
  };
}

/** The smallest id that `createIds` can make at this moment: a bound for rows of a time, found by their primary key. */
export function firstIdAt(at: Date): string {
  const ms = Math.min(Math.max(at.getTime() - EPOCH_MS, 0), 2 ** 41 - 1);
  return String(BigInt(ms) << 22n);
}

/** A new time-ordered UUID. */
export function eventIdV7(): string {
  return v7();
}

/** The same UUID for the same namespace and name, always. The namespace is a UUID or any fixed name. */
export function eventIdV5(namespace: string, name: string): string {
  return v5(name, validate(namespace) ? namespace : v5(namespace, NAMES));
}
