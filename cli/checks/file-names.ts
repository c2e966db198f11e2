import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { report } from "./report.ts";
import { trackedFiles } from "./tracked-files.ts";

const drawer =
  /(?:^|\/)(?:utils?|helpers?|common|shared|types|constants|interfaces|index)(?:\/|(?:\.\w+)*\.ts$)|-(?:utils?|helpers?)\.ts$/;
const kebabCase = /^[a-z0-9]+(?:[-.][a-z0-9]+)*\.[cm]?ts$/;
const code = /^(?:bench|cli|deploy|platform|schemas|services|topics)\/.+\.ts$/;
const reaction = /\/reactions\/(?<name>[^/]+)\.ts$/;
const topic = /^topics\/(?<name>[^/]+\.v\d+)\.ts$/;
const service = /^services\/(?<name>[^/]+)\/main\.ts$/;

/** Listings tell the story: what a file is called is checked against what it holds. */
export function checkFileNames(root: string): string[] {
  const files = trackedFiles(root);
  const events = new Set(
    files.filter((file) => /^schemas\/[^/]+\/[^/]+\.avsc$/.test(file)).map((file) => basename(file, ".avsc")),
  );
  return [
    ...files.filter((file) => code.test(file)).flatMap(checkName),
    ...files.flatMap((file) => checkReaction(file, events)),
    ...files.flatMap((file) => checkTopic(root, file)),
    ...files.flatMap((file) => checkCard(root, file)),
  ];
}

function checkName(file: string): string[] {
  if (drawer.test(file))
    return [`${file}: a drawer. Name it after its main export, or move its parts to who uses them.`];
  if (!kebabCase.test(basename(file))) return [`${file}: write file names in kebab-case, after the main export.`];
  return [];
}

function checkReaction(file: string, events: ReadonlySet<string>): string[] {
  const name = reaction.exec(file)?.groups?.["name"];
  if (name === undefined || name.endsWith(".test")) return [];
  const event = name
    .split("-on-")
    .at(-1)
    ?.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
  if (name.includes("-on-") && event !== undefined && events.has(event)) return [];
  return [`${file}: name a reaction <imperative>-on-<event>.ts, the event as it is called in schemas/.`];
}

function checkTopic(root: string, file: string): string[] {
  const name = topic.exec(file)?.groups?.["name"];
  if (name === undefined || readFileSync(join(root, file), "utf8").includes(`"${name}"`)) return [];
  return [`${file}: the file is not named as the topic that it declares.`];
}

function checkCard(root: string, file: string): string[] {
  const name = service.exec(file)?.groups?.["name"];
  if (name === undefined || existsSync(join(root, "services", name, "README.md"))) return [];
  return [`services/${name}: add a README.md: consumes, emits, tables, routes, configuration.`];
}

if (import.meta.main) report(checkFileNames(process.cwd()));
