import knex from "knex";
import { describe, expect, it } from "vitest";
import { flowStack } from "./testing/flow-stack.ts";

const SERVICES = ["users", "catalog", "cart", "orders", "payment", "sweeper"];

async function refusal(service: string, statement: string, names: readonly string[] = []): Promise<string> {
  const { mysql, secrets } = flowStack();
  const password = secrets.passwords.services[service];
  const account = { host: mysql.host, port: mysql.port, user: `mall_${service}`, password: password ?? "" };
  const db = knex({ client: "mysql2", connection: account, pool: { min: 0, max: 1 } });
  try {
    await db.raw(statement, names);
    return "allowed";
  } catch (error) {
    return (error as { code: string }).code;
  } finally {
    await db.destroy();
  }
}

describe("one account per schema", () => {
  it.each(SERVICES)("%s reads its own schema, and no other service's", async (service) => {
    expect(await refusal(service, "SELECT 1 FROM ??.outbox LIMIT 1", [`mall_${service}`])).toBe("allowed");
    for (const other of SERVICES.filter((name) => name !== service)) {
      expect(await refusal(service, "SELECT 1 FROM ??.outbox LIMIT 1", [`mall_${other}`])).toBe(
        "ER_TABLEACCESS_DENIED_ERROR",
      );
    }
  });

  it.each(SERVICES)("%s changes no table, account or right", async (service) => {
    expect(await refusal(service, "DROP TABLE ??.outbox", [`mall_${service}`])).toBe("ER_TABLEACCESS_DENIED_ERROR");
    expect(await refusal(service, "CREATE USER intruder")).not.toBe("allowed");
  });
});
