import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readConfig } from "./config.ts";
import { loadSecrets } from "./secrets.ts";
import { serviceEnvironment } from "./service-environment.ts";
import { serviceManifest, serviceNames } from "./service-manifest.ts";

const home = mkdtempSync(join(tmpdir(), "mall-environment-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const secrets = loadSecrets(home, serviceNames);
const mysql = { host: "127.0.0.1", port: 1, user: "administrator", password: "of-the-administrator" };
const sources = {
  config: readConfig({ MALL_HOME: home, SWEEPER_CRON: "* * * * * *", PORT: "1", IDENTITY_KEYS: "stray" }),
  secrets,
  endpoints: {
    kafka: { brokers: ["127.0.0.1:2"] },
    schemaRegistry: "http://127.0.0.1:3",
    mysql,
    redis: { host: "127.0.0.1", port: 4, password: "r" },
  },
  serviceUrls: { users: ["http://127.0.0.1:5"] },
};

function environmentOf(name: string): Record<string, string> {
  const service = serviceManifest.find((entry) => entry.name === name);
  if (service === undefined) throw new Error(`no service ${name}`);
  return serviceEnvironment({ service, replica: 2, port: 6 }, sources);
}

describe("environment of a service", () => {
  test("carries the caller's configuration, but the supervisor's addresses", () => {
    expect(environmentOf("orders")).toMatchObject({
      SWEEPER_CRON: "* * * * * *",
      PORT: "6",
      INSTANCE_ID: "orders-2",
      DATABASE_USER: "mall_orders",
      DATABASE_NAME: "mall_orders",
    });
  });

  test("never holds the administrator's password", () => {
    for (const name of serviceNames) expect(Object.values(environmentOf(name))).not.toContain(mysql.password);
  });

  test("holds the secrets of that service and not those of others", () => {
    expect(environmentOf("users")).toHaveProperty("ACCESS_TOKEN_PRIVATE_KEY");
    expect(environmentOf("edge")).not.toHaveProperty("ACCESS_TOKEN_PRIVATE_KEY");
    expect(environmentOf("edge")).not.toHaveProperty("DATABASE_PASSWORD");
    expect(environmentOf("cart")).not.toHaveProperty("PII_MASTER_KEYS");
    expect(environmentOf("cart")).not.toHaveProperty("IDENTITY_KEYS");
    expect(environmentOf("cart")["IDENTITY_KEY"]).toBe(secrets.keys.identity["cart"]);
  });

  test("says that its secrets are those of a demonstration", () => {
    for (const name of serviceNames) expect(environmentOf(name)["MALL_DEMO"]).toBe("1");
  });
});
