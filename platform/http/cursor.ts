/**
 * Keyset cursors: the sort values of the last row of a page, opaque to clients. They are not signed: whoever changes one
 * only starts at another place of what they may see anyway, because every query carries its owner.
 */
import { clientError } from "./problem.ts";

export type CursorValue = string | number | null;

export function encodeCursor(values: readonly CursorValue[]): string {
  return Buffer.from(JSON.stringify(values)).toString("base64url");
}

/** The values; throws AppError 400 CURSOR_INVALID unless there are exactly `arity` of them. */
export function decodeCursor(text: string, arity: number): readonly CursorValue[] {
  try {
    const values = JSON.parse(Buffer.from(text, "base64url").toString("utf8")) as unknown;
    if (Array.isArray(values) && values.length === arity && values.every(isCursorValue)) return values;
  } catch {
    // Told like every other form that we did not make.
  }
  throw clientError("CURSOR_INVALID", "The cursor is not one that was given out");
}

function isCursorValue(value: unknown): value is CursorValue {
  return typeof value === "string" || value === null || Number.isSafeInteger(value);
}
