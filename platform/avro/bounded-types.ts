/**
 * Builds avsc types that survive hostile bytes. avsc believes the element count written in the payload: a count of
 * 2^40 makes it fill memory with elements read past the end until the process dies, and a poison message would do that
 * again after every restart. Here a count beyond the bytes that are left fails at once, since an element takes at least one.
 */
import avsc from "avsc";

/** What avsc hands to the read functions; not part of its typings. */
interface Tap {
  buf: Buffer;
  pos: number;
  readLong(): number;
  skipLong(): void;
  readString(): string;
}

interface Readable {
  _read(tap: Tap): unknown;
}

/** The next block's element count; 0 ends the array or map. Throws when the payload cannot hold that many. */
function blockSize(tap: Tap): number {
  const count = tap.readLong();
  // A negative count is followed by the block's size in bytes, which only a skipping reader needs.
  if (count < 0) tap.skipLong();
  const size = Math.abs(count);
  if (size > tap.buf.length - tap.pos) throw new Error("an element count is beyond the end of the payload");
  return size;
}

class BoundedArray extends avsc.types.ArrayType {
  // avsc calls this with the array type, or with a resolver that carries the reader's items.
  _read(tap: Tap): unknown[] {
    const items = this.itemsType as unknown as Readable;
    const values: unknown[] = [];
    for (let left = blockSize(tap); left > 0; left = blockSize(tap)) {
      for (; left > 0; left--) values.push(items._read(tap));
    }
    return values;
  }
}

class BoundedMap extends avsc.types.MapType {
  _read(tap: Tap): Record<string, unknown> {
    const type = this.valuesType as Readable;
    const values: Record<string, unknown> = {};
    for (let left = blockSize(tap); left > 0; left = blockSize(tap)) {
      for (; left > 0; left--) {
        const key = tap.readString();
        values[key] = type._read(tap);
      }
    }
    return values;
  }
}

/** The avsc type of a schema. Throws when it is no valid Avro. Costs about a millisecond: keep the result. */
export function avroTypeOf(schema: Readonly<Record<string, unknown>>): avsc.Type {
  return avsc.Type.forSchema(schema as unknown as avsc.Schema, {
    omitRecordMethods: true,
    typeHook(inner, options) {
      const kind = typeof inner === "object" && "type" in inner ? inner.type : undefined;
      if (kind === "array") return new BoundedArray(inner, options);
      if (kind === "map") return new BoundedMap(inner, options);
      return undefined;
    },
  });
}
