import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyPages } from "./key-pages.ts";

describe("pages of keys", () => {
  it("hold each key once, ascending as numbers, and never so many that the planner changes its mind", () => {
    const key = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }).map(String);
    fc.assert(
      fc.property(fc.array(key, { maxLength: 2_500 }), (keys) => {
        const pages = [...keyPages(keys)];
        const expected = [...new Set(keys)].map(BigInt).toSorted((a, b) => (a < b ? -1 : 1));
        expect(pages.flat().map(BigInt)).toEqual(expected);
        expect(Math.max(0, ...pages.map((page) => page.length))).toBeLessThan(1_000);
      }),
      { numRuns: 50 },
    );
  });
});
