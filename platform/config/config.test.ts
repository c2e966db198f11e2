import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { AppError } from "../errors/app-error.ts";
import {
  base64Text,
  databaseConfig,
  flag,
  integer,
  json,
  keyRing,
  list,
  port,
  processConfig,
  readConfig,
  secretBytes,
  text,
  url,
} from "./config.ts";

const key = Buffer.alloc(32, 7).toString("base64");

describe("configuration", () => {
  test("reads typed values, defaults and groups, frozen", () => {
    const config = readConfig(
      { ...processConfig, windowMs: integer("WINDOW_MS", { default: 1_800_000, min: 1 }), database: databaseConfig },
      {
        PORT: "30006",
        INSTANCE_ID: "x-1",
        DATABASE_HOST: "127.0.0.1",
        DATABASE_PORT: "3306",
        DATABASE_NAME: "x",
        DATABASE_USER: "x",
        DATABASE_PASSWORD: "p",
      },
    );
    expect(config).toEqual({
      port: 30_006,
      listenHost: "127.0.0.1",
      instanceId: "x-1",
      logLevel: "info",
      production: false,
      windowMs: 1_800_000,
      database: { host: "127.0.0.1", port: 3306, database: "x", user: "x", password: "p" },
    });
    expect(Object.isFrozen(config) && Object.isFrozen(config.database)).toBe(true);
    const typed: number = config.windowMs;
    expect(typed).toBe(1_800_000);
  });

  test("reads lists, JSON, flags, URLs, keys and key rings", () => {
    const config = readConfig(
      {
        brokers: list("A"),
        urls: json("B", z.record(z.string(), z.array(z.string()))),
        on: flag("C"),
        registry: url("D"),
        key: secretBytes("E"),
        pem: base64Text("F"),
        ring: keyRing("G"),
      },
      {
        A: "h:1, h:2",
        B: '{"x":["http://h"]}',
        C: "true",
        D: "http://h:30081",
        E: key,
        F: Buffer.from("line\nline").toString("base64"),
        G: JSON.stringify({ current: "t2", keys: { t1: key, t2: key } }),
      },
    );
    expect(config.brokers).toEqual(["h:1", "h:2"]);
    expect(config.urls).toEqual({ x: ["http://h"] });
    expect(config.on).toBe(true);
    expect(config.key.length).toBe(32);
    expect(config.pem).toBe("line\nline");
    expect([...config.ring.keys.keys()]).toEqual(["t1", "t2"]);
  });

  test("names every wrong variable at once and shows no value", () => {
    const shape = {
      port: port("PORT"),
      group: { secret: secretBytes("THE_SECRET"), name: text("THE_NAME") },
      ring: keyRing("THE_RING"),
      size: integer("THE_SIZE", { max: 10 }),
      urls: json("THE_URLS", z.array(z.string())),
    };
    const env = {
      PORT: "70001",
      THE_SECRET: "hunter2",
      THE_NAME: "",
      THE_RING: '{"current":"zz","keys":{}}',
      THE_SIZE: "11",
      THE_URLS: "{[",
    };
    const error = thrownBy(() => readConfig(shape, env));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", retry: "never" });
    expect(error.message.match(/[A-Z]+_?[A-Z]+ (must|is)/g)).toHaveLength(6);
    expect(error.message).toContain("THE_NAME is missing");
    expect(error.message).not.toMatch(/hunter2|zz|70001|\b11\b/);
  });

  test("refuses secrets and accounts of a demonstration in production, and only there", () => {
    const shape = { on: flag("ON") };
    for (const name of ["MALL_DEMO", "DEMO_ACCOUNTS"]) {
      const env = { ON: "1", [name]: '[{"password":"p"}]' };
      expect(readConfig(shape, env)).toEqual({ on: true });
      const start = (): unknown => readConfig(shape, { ...env, NODE_ENV: "production" });
      expect(start).toThrow(`Configuration is invalid: ${name} is not for production`);
    }
    expect(readConfig(shape, { ON: "1", NODE_ENV: "production", MALL_DEMO: "" })).toEqual({ on: true });
  });
});

function thrownBy(work: () => unknown): AppError {
  try {
    work();
  } catch (error) {
    return error as AppError;
  }
  throw new Error("nothing was thrown");
}
