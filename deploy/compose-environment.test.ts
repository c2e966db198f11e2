import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { loadSecrets } from "../cli/secrets.ts";
import { serviceNames } from "../cli/service-manifest.ts";
import { composeVariables } from "./write-env-file.ts";

type Variables = Readonly<Record<string, string>>;

interface ComposeFile {
  readonly services: Readonly<Record<string, { readonly environment: Variables }>>;
}

const root = join(import.meta.dirname, "..");
const text = readFileSync(join(root, "docker-compose.yml"), "utf8");
const services = readdirSync(join(root, "services")).filter((name) =>
  existsSync(join(root, "services", name, "config.ts")),
);

function generatedVariables(): Variables {
  const home = mkdtempSync(join(tmpdir(), "mall-env-"));
  try {
    return composeVariables(loadSecrets(home, serviceNames));
  } finally {
    rmSync(home, { recursive: true });
  }
}

/** As compose does it: `${NAME:?}` must be given, `${NAME:-default}` need not be. */
function interpolate(value: string, variables: Variables): string {
  return value.replaceAll(/\$\{(\w+):(?:\?|-([^}]*))\}/g, (_, name: string, fallback: string | undefined) => {
    const given = variables[name] ?? fallback;
    if (given === undefined) throw new Error(`nothing gives ${name}`);
    return given;
  });
}

describe("docker-compose.yml", () => {
  const variables = generatedVariables();
  const compose = parse(text, { merge: true }) as ComposeFile;

  it("asks for no variable that the env file lacks", () => {
    expect(() => interpolate(text, variables)).not.toThrow();
  });

  it("gets values that an env file can hold in single quotes", () => {
    expect(Object.entries(variables).filter(([, value]) => /['\n]/.test(value))).toEqual([]);
  });

  it.each(services)("gives %s every variable that its config.ts requires", async (service) => {
    const given = Object.entries(compose.services[service]?.environment ?? {});
    const environment = Object.fromEntries(given.map(([name, value]) => [name, interpolate(value, variables)]));
    const config = join(root, "services", service, "config.ts");
    const reading = promisify(execFile)(process.execPath, [config], { cwd: root, env: environment });
    await expect(reading).resolves.toEqual({ stdout: "", stderr: "" });
  });
});
