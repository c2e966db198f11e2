import { describe, expect, test } from "vitest";
import type { z } from "zod";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { idText, money, pageQuery, quantity, timeText, trimmedText } from "./fields.ts";
import { canonicalJson, clientKey, requestHash } from "./request-hash.ts";
import { traceparentFrom } from "./trace-context.ts";

const accepts = (schema: z.ZodType, value: unknown): boolean => schema.safeParse(value).success;

describe("fields", () => {
  test("have their limits", () => {
    for (const [schema, good, bad] of [
      [idText, ["1", "9223372036854775807"], ["0", "01", "", "1".repeat(20), "-1", "1 ", 1, "１"]],
      [quantity, [1, 99], [0, 100, 1.5, "1", Number.NaN, Number.POSITIVE_INFINITY, null]],
      [money, [0, Number.MAX_SAFE_INTEGER], [-1, 0.5, 2 ** 53, "1"]],
      [timeText, ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.123Z"], ["2026-01-01", "2026-01-01T00:00:00+08:00"]],
    ] as const) {
      for (const value of good) expect(accepts(schema, value), `${value}`).toBe(true);
      for (const value of bad) expect(accepts(schema, value), `${value}`).toBe(false);
    }
  });

  test("texts are trimmed, normalised and free of control characters", () => {
    const text = trimmedText(5);
    expect(text.parse("  e\u0301té ")).toBe("été");
    expect(text.parse("👩‍👩‍👧")).toBe("👩‍👩‍👧");
    for (const bad of ["", "   ", "123456", "a\u0000", "a\nb", "a\u202eb", "\ud800"])
      expect(accepts(text, bad)).toBe(false);
  });

  test("pages have 20 rows unless told, at most 100, and no other field", () => {
    expect(pageQuery.parse({})).toEqual({ limit: 20 });
    expect(pageQuery.parse({ limit: "100", cursor: "x" })).toEqual({ limit: 100, cursor: "x" });
    for (const bad of [{ limit: "0" }, { limit: "101" }, { limit: "1e1" }, { limit: "" }, { offset: "1" }]) {
      expect(accepts(pageQuery, bad)).toBe(false);
    }
  });
});

describe("cursors", () => {
  test("give their values back", () => {
    expect(decodeCursor(encodeCursor(["2026-01-01", 5, null]), 3)).toEqual(["2026-01-01", 5, null]);
  });

  test.each([
    "",
    "!!!",
    "bnVsbA",
    encodeCursor([1]),
    encodeCursor([1, 2, 3]),
    Buffer.from('[1,{"a":1}]').toString("base64url"),
  ])("not made by us are refused: %s", (text) => {
    expect(() => decodeCursor(text, 2)).toThrow(expect.objectContaining({ code: "CURSOR_INVALID", status: 400 }));
  });
});

describe("request hash", () => {
  test("is that of the RFC 8785 form", () => {
    const body = { b: [1e21, 0.000001, -0, "€\u000f\n"], a: null, "\u20ac": 1, "\r": 2, "1": 3 };
    expect(canonicalJson(body)).toBe('{"\\r":2,"1":3,"a":null,"b":[1e+21,0.000001,0,"€\\u000f\\n"],"€":1}');
    expect(requestHash({ a: 1, b: undefined, c: [2] })).toEqual(requestHash(JSON.parse('{ "c": [2], "a": 1.0 }')));
    expect(requestHash({ a: 1 })).not.toEqual(requestHash({ a: "1" }));
    expect([requestHash(undefined).length, clientKey("k").length]).toEqual([32, 16]);
  });
});

describe("trace context", () => {
  test("continues a valid trace with a span of its own and begins a new one otherwise", () => {
    const trace = "0af7651916cd43dd8448eb211c80319c";
    expect(traceparentFrom(`00-${trace}-b7ad6b7169203331-00`)).toMatch(
      new RegExp(`^00-${trace}-(?!b7ad6b7169203331)[0-9a-f]{16}-00$`),
    );
    for (const bad of [
      undefined,
      "",
      "00-x",
      `00-${"0".repeat(32)}-b7ad6b7169203331-01`,
      `ff-${trace}-b7ad6b7169203331-01`,
    ]) {
      expect(traceparentFrom(bad)).toMatch(/^00-(?!0af7)[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    }
  });
});
