/** UUIDs as the 16 bytes that BINARY(16) columns keep. */
import { parse, stringify } from "uuid";

export function uuidBytes(text: string): Buffer {
  return Buffer.from(parse(text));
}

export function uuidText(bytes: Uint8Array): string {
  return stringify(bytes);
}
