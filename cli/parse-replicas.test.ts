import { describe, expect, test } from "vitest";
import { parseReplicas } from "./parse-replicas.ts";

describe("--replicas", () => {
  test("names how often each service runs; the others run once", () => {
    expect(parseReplicas("orders=2,catalog=3")).toEqual(
      new Map([
        ["orders", 2],
        ["catalog", 3],
      ]),
    );
    expect(parseReplicas("")).toEqual(new Map());
  });

  test.each(["order=2", "orders=0", "orders=4", "orders=x", "orders", "orders=1.5"])("refuses %s", (text) => {
    expect(() => parseReplicas(text)).toThrow("--replicas");
  });
});
