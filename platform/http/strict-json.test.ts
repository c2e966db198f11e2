import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseStrictJson } from "./strict-json.ts";

const parse = (text: string): unknown => parseStrictJson(Buffer.from(text));
const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

describe("strict JSON", () => {
  test.each([
    ["the same key twice", '{"a":1,"b":{"c":1},"a":2}'],
    ["the same key twice, once escaped", '{"a":1,"\\u0061":2}'],
    ["the same key twice in an array's object", '[{"a":[{"b":1,"b":2}]}]'],
    ["the same key twice with blanks", '{"a" : 1, "a"\n:2}'],
    ["a quote before the second one", '{"a\\"":1,"b\\\\":2,"b\\\\":3}'],
    ["__proto__", '{"a":{"__proto__":{"b":1}}}'],
    ["__proto__ escaped", '{"\\u005f_proto__":1}'],
    ["nine levels", nested(9)],
    ["very many levels", nested(50_000)],
    ["no JSON", "{a:1}"],
    ["a rest", "{}{}"],
    ["a byte order mark", "\ufeff{}"],
    ["not a number", "NaN"],
  ])("refuses %s", (_fault, text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: "MALFORMED_JSON", status: 400 }));
  });

  test("refuses bytes that are not UTF-8", () => {
    expect(() => parseStrictJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow(
      expect.objectContaining({ code: "MALFORMED_JSON" }),
    );
  });

  test.each([
    ["equal keys in different objects", '{"a":{"x":1},"b":{"x":1},"c":[{"x":1},{"x":1}]}'],
    ["a value that equals a key, and one that looks like a pair", '{"a":"a","b":"\\"a\\":","c":["a","a"]}'],
    ["__proto__ as a value", '["__proto__"]'],
    ["eight levels", nested(8)],
    ["brackets in strings", '{"a":"[[[[[[[[[[[[{{{{"}'],
  ])("accepts %s", (_name, text) => {
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  test("agrees with JSON.parse on any document of eight levels", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 7 }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!text.includes("__proto__"));
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
    );
  });
});
