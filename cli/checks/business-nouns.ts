import { readFileSync } from "node:fs";
import { join } from "node:path";
import { report } from "./report.ts";
import { trackedFiles } from "./tracked-files.ts";

const noun = /(?<![a-z0-9_])(?:orders|sku|stock|cart|payment|coupon)(?![a-z0-9_])/i;

/** Platform, its tests included, must serve any shop: every line that names the business of this one is a finding. */
export function checkBusinessNouns(root: string): string[] {
  return trackedFiles(root)
    .filter((file) => file.startsWith("platform/"))
    .flatMap((file) => linesWithNouns(file, readFileSync(join(root, file), "utf8")));
}

function linesWithNouns(file: string, text: string): string[] {
  return text.split("\n").flatMap((line, index) => {
    const found = noun.exec(line);
    if (found === null) return [];
    return [`${file}:${index + 1}: platform names "${found[0]}": say thing, key or owner, or take it as an argument.`];
  });
}

if (import.meta.main) report(checkBusinessNouns(process.cwd()));
