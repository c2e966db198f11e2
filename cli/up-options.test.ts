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

  test.each([["--detached"], ["now"]])("refuse %s", (...args) => {
    expect(() => parseUpOptions(args)).toThrow(/./);
  });

  test("say what to run instead of --infra docker", () => {
    expect(() => parseUpOptions(["--infra", "docker"])).toThrow(/write-env-file\.ts\n.*docker compose --env-file/);
    expect(parseUpOptions(["--infra", "native"])).toEqual(parseUpOptions([]));
  });
});
