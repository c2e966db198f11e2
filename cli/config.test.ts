import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { environmentOf, parsePortOffset, readConfig } from "./config.ts";

describe("configuration of the command line", () => {
  test("keeps everything under .mall of the checkout unless told otherwise", () => {
    const { home, root, software, portOffset } = readConfig({});
    expect(home).toBe(join(root, ".mall"));
    expect(software).toBe(join(home, "software"));
    expect(portOffset).toBe(0);
  });

  test("takes a relative home as seen from where it is called", () => {
    expect(readConfig({ MALL_HOME: "elsewhere" }).home).toBe(resolve("elsewhere"));
  });

  test("is read back the same by a process that inherits it", () => {
    const config = readConfig({ MALL_HOME: "elsewhere", MALL_PORT_OFFSET: "-10000", ORDERS_PAYMENT_WINDOW_MS: "5000" });
    const inherited = readConfig(environmentOf(config));
    expect({ ...inherited, environment: undefined }).toEqual({ ...config, environment: undefined });
    expect(inherited.environment["ORDERS_PAYMENT_WINDOW_MS"]).toBe("5000");
  });
});

describe("MALL_PORT_OFFSET", () => {
  test("may be negative", () => {
    expect(parsePortOffset("-10000")).toBe(-10_000);
  });

  test.each(["ten", "1.5", "-40000", "40000"])("refuses %s", (text) => {
    expect(() => parsePortOffset(text)).toThrow("MALL_PORT_OFFSET");
  });
});
