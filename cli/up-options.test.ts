import { describe, expect, test } from "vitest";
import { parseUpOptions } from "./up-options.ts";

describe("options of up", () => {
  test("default to the foreground on kept data", () => {
    expect(parseUpOptions([])).toEqual({ detached: false, fresh: false, replicas: new Map() });
  });

  test("can be combined", () => {
    expect(parseUpOptions(["-d", "--fresh", "--replicas", "orders=2"])).toEqual({
      detached: true,
      fresh: true,
      replicas: new Map([["orders", 2]]),
    });
  });

  test.each([["--detached"], ["now"], ["--infra", "docker"]])("refuse %s", (...args) => {
    expect(() => parseUpOptions(args)).toThrow(/./);
  });
});
