/** Reads a request's body within a byte limit and turns it into what its route expects: JSON, or CSV as text. */
import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { clientError } from "./problem.ts";
import type { Route } from "./route.ts";
import { parseStrictJson } from "./strict-json.ts";

export const NO_BODY = Buffer.alloc(0);

/** The bytes; AppError 413 BODY_TOO_LARGE as soon as the limit is passed, without reading on. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) return Promise.reject(tooLarge(maxBytes));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      if (length > maxBytes) {
        request.pause();
        reject(tooLarge(maxBytes));
      }
    });
    request.on("end", () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    // The client went away in the middle; the answer is for the log alone.
    request.on("error", () => reject(clientError("MALFORMED_JSON", "The body was cut off")));
  });
}

/** The body as a value, still unchecked; undefined when there is none. */
export function parseBody(bytes: Buffer, request: IncomingMessage, bodyType: Route["bodyType"]): unknown {
  if (bytes.length === 0) return undefined;
  const expected = bodyType ?? "application/json";
  if (!isOfType(request.headers["content-type"], expected) || request.headers["content-encoding"] !== undefined) {
    throw clientError("UNSUPPORTED_MEDIA_TYPE", `The body must be plain ${expected} in UTF-8`, 415);
  }
  if (expected === "application/json") return parseStrictJson(bytes);
  if (!isUtf8(bytes)) throw clientError("UNSUPPORTED_MEDIA_TYPE", `The body must be plain ${expected} in UTF-8`, 415);
  return bytes.toString("utf8");
}

function isOfType(contentType: string | undefined, expected: string): boolean {
  if (contentType === expected) return true;
  const [type, ...parameters] = (contentType ?? "").toLowerCase().split(";");
  return type?.trim() === expected && parameters.every((parameter) => /^\s*(charset="?utf-8"?)?\s*$/.test(parameter));
}

function tooLarge(maxBytes: number): Error {
  return clientError("BODY_TOO_LARGE", `The body may have at most ${maxBytes} bytes`, 413);
}
