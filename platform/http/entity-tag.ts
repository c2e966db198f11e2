/**
 * Answers that a client may keep: a JSON text with its entity tag (a hash of the text, so equal texts have equal tags on
 * every instance), and 304 without a body for who has it already.
 */
import { createHash } from "node:crypto";
import type { Answer } from "./route.ts";

export interface TaggedText {
  /** JSON. */
  readonly text: string;
  readonly etag: string;
}

export function tagged(body: unknown): TaggedText {
  const text = JSON.stringify(body);
  return { text, etag: `"${createHash("sha256").update(text).digest("base64url").slice(0, 22)}"` };
}

/** 200 with the text, or 304 when `ifNoneMatch` names its tag. */
export function answerTagged(
  { text, etag }: TaggedText,
  ifNoneMatch: string | undefined,
  cacheControl: string,
): Answer {
  const headers = { ETag: etag, "Cache-Control": cacheControl };
  if (ifNoneMatch !== undefined && isNamed(etag, ifNoneMatch)) return { status: 304, headers };
  return { status: 200, body: text, headers: { ...headers, "Content-Type": "application/json; charset=utf-8" } };
}

// Compared weakly, as RFC 9110 asks for If-None-Match: a proxy may have marked the tag as weak.
function isNamed(etag: string, ifNoneMatch: string): boolean {
  if (ifNoneMatch.trim() === "*") return true;
  return ifNoneMatch.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
}
