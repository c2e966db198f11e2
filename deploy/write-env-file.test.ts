import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadSecrets } from "../cli/secrets.ts";
import { serviceNames } from "../cli/service-manifest.ts";
import { composeVariables } from "./write-env-file.ts";

describe("write env file", () => {
  it("gives a value to every variable that docker-compose.yml requires", () => {
    const home = mkdtempSync(join(tmpdir(), "mall-env-"));
    const given = composeVariables(loadSecrets(home, serviceNames));
    rmSync(home, { recursive: true });
    const compose = readFileSync(join(import.meta.dirname, "../docker-compose.yml"), "utf8");
    const required = new Set([...compose.matchAll(/\$\{(\w+):\?\}/g)].map(([, name]) => name ?? ""));
    expect([...required].filter((name) => !given[name])).toEqual([]);
    expect(Object.values(given).filter((value) => value.includes("'") || value.includes("\n"))).toEqual([]);
  });
});
