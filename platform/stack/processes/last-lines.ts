import { existsSync, readFileSync } from "node:fs";

/** The end of a log, for an error message. */
export function lastLines(file: string, count = 12): string {
  return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n").slice(-count).join("\n") : "(no log)";
}
