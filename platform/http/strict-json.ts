/**
 * JSON as a careful server reads it: valid UTF-8, no key twice in one object, nesting of at most eight, no `__proto__`.
 * Two readers of one document must not be able to see two different documents. Values are left to the schemas.
 */
import { isUtf8 } from "node:buffer";
import { clientError } from "./problem.ts";

const MAX_DEPTH = 8;

/** Throws AppError MALFORMED_JSON. */
export function parseStrictJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw malformed("it is not UTF-8");
  const text = bytes.toString("utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed("it cannot be parsed");
  }
  checkStructure(text);
  return value;
}

/** Walks over a text known to be JSON; strings are jumped over, so the cost is that of the structure. */
function checkStructure(text: string): void {
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === 0x7b || character === 0x5b) {
      if (open.push(character === 0x7b ? new Set() : undefined) > MAX_DEPTH) throw malformed("it is nested too deeply");
    } else if (character === 0x7d || character === 0x5d) {
      open.pop();
    } else if (character === 0x22) {
      const end = endOfString(text, at);
      if (isKey(text, end)) noteKey(open.at(-1), text.slice(at, end + 1));
      at = end;
    }
  }
}

function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); ; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === 0x5c) backslashes += 1;
    if (backslashes % 2 === 0) return at;
  }
}

function isKey(text: string, endOfText: number): boolean {
  let at = endOfText + 1;
  while (text.charCodeAt(at) <= 0x20) at += 1;
  return text.charCodeAt(at) === 0x3a;
}

function noteKey(keys: Set<string> | undefined, quoted: string): void {
  // An escape can spell the same key in another way.
  const key = quoted.includes("\\") ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
  if (key === "__proto__") throw malformed("it has a key that is not allowed");
  if (keys?.has(key)) throw malformed("it has a key twice");
  keys?.add(key);
}

function malformed(why: string): Error {
  return clientError("MALFORMED_JSON", `The body is not acceptable JSON: ${why}`);
}
