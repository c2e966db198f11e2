import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { parse } from "yaml";
import { report } from "./report.ts";

interface ComposeService {
  readonly image?: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, unknown>>;
}

interface ComposeFile {
  readonly services?: Readonly<Record<string, ComposeService>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
}

const specification = join(import.meta.dirname, "compose-spec.json");
const secretName = /(?:PASSWORDS?|KEYS?)$|_(?:PASSWORD|KEYS?)_|DEMO_ACCOUNTS|REDISCLI_AUTH/;
const fromEnvironment = /^\$\{[A-Z0-9_]+:\?\}$/;

/** Checks the text of a compose file against the Compose Specification, and then for what the specification allows. */
export function checkCompose(text: string, services: readonly string[]): string[] {
  const compose = parse(text, { merge: true }) as ComposeFile;
  const invalid = checkSchema(compose);
  if (invalid.length > 0) return invalid;
  const entries = Object.entries(compose.services ?? {});
  return [
    ...services.filter((name) => compose.services?.[name] === undefined).map((name) => `${name}: no such service.`),
    ...entries.flatMap(([name, service]) => checkService(name, service).concat(checkNames(name, service, compose))),
  ];
}

let validate: ValidateFunction | undefined;

function checkSchema(compose: unknown): string[] {
  validate ??= compileSpecification();
  if (validate(compose)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message }) => `${instancePath || "/"}: ${message ?? "is invalid"}.`,
  );
}

function compileSpecification(): ValidateFunction {
  const ajv = new Ajv({ allErrors: true, strict: false });
  addFormats.default(ajv);
  // Ajv knows draft 7 by the http form of its address only, and uses it by itself.
  const { $schema: _, ...schema } = JSON.parse(readFileSync(specification, "utf8")) as { readonly $schema: string };
  return ajv.compile(schema);
}

function checkService(name: string, { image, ports = [], environment = {} }: ComposeService): string[] {
  const pinned = image !== undefined && /:(?!latest$)[\w.-]+$/.test(image);
  const open = ports.filter((port) => !String(port).startsWith("127.0.0.1:"));
  const secrets = Object.entries(environment).filter(([key]) => secretName.test(key));
  const inClear = secrets.filter(([, value]) => !fromEnvironment.test(String(value)));
  return [
    ...(pinned ? [] : [`${name}: give its image a version.`]),
    ...open.map((port) => `${name}: publish ${port} on 127.0.0.1 only.`),
    ...inClear.map(([key]) => `${name}: take ${key} from the environment, as \${${key}:?}.`),
  ];
}

function checkNames(name: string, { volumes = [], depends_on = {} }: ComposeService, compose: ComposeFile): string[] {
  const missing = Object.keys(depends_on).filter((other) => compose.services?.[other] === undefined);
  const sources = volumes.map((volume) => volume.split(":", 1)[0] ?? "").filter((source) => /^[\w-]+$/.test(source));
  const undeclared = sources.filter((source) => !(source in (compose.volumes ?? {})));
  return [
    ...missing.map((other) => `${name}: depends on ${other}, which is not there.`),
    ...undeclared.map((source) => `${name}: volume ${source} is not declared.`),
  ];
}

/** The services that have a process of their own in this tree. */
function servicesOf(root: string): string[] {
  const folder = join(root, "services");
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, "main.ts")));
}

if (import.meta.main) {
  const root = process.cwd();
  const text = readFileSync(join(root, "docker-compose.yml"), "utf8");
  report(checkCompose(text, servicesOf(root)).map((finding) => `docker-compose.yml: ${finding}`));
}
