import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { demoAccount, hasSecrets, loadSecrets } from "./secrets.ts";

const home = mkdtempSync(join(tmpdir(), "mall-secrets-"));
afterEach(() => rmSync(home, { recursive: true, force: true }));

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe("secrets", () => {
  test("are generated once", () => {
    expect(hasSecrets(home)).toBe(false);
    const first = loadSecrets(home, ["users"]);
    expect(hasSecrets(home)).toBe(true);
    expect(loadSecrets(home, ["users"])).toEqual(first);
  });

  test("can be read by their owner only", () => {
    loadSecrets(home, ["users"]);
    const folder = join(home, "secrets");
    expect(modeOf(folder)).toBe("700");
    const files = readdirSync(folder);
    expect(files.toSorted()).toEqual(["accounts.json", "keys.json", "passwords.json"]);
    for (const file of files) expect(modeOf(join(folder, file))).toBe("600");
  });

  test("of a service added later leave those of the others as they were", () => {
    const before = loadSecrets(home, ["users"]);
    const after = loadSecrets(home, ["users", "cart"]);
    expect(after.keys.identity["users"]).toBe(before.keys.identity["users"]);
    expect(after.passwords.services["users"]).toBe(before.passwords.services["users"]);
    expect(after.keys.accessToken).toEqual(before.keys.accessToken);
    expect(after.keys.identity["cart"]).toBeDefined();
    expect(after.keys.identity["cart"]).not.toBe(after.keys.identity["users"]);
  });

  test("name one demo account per role", () => {
    const secrets = loadSecrets(home, []);
    expect(secrets.accounts.map(({ username }) => username)).toEqual(["demo-shopper", "demo-merchant", "demo-ops"]);
    expect(demoAccount(secrets, "ops").password.length).toBeGreaterThan(15);
  });
});
