import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";

/** The files that git has or would take in below `root`, relative to it. Fixtures are no part of the program. */
export function trackedFiles(root: string): string[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 16_000_000,
  });
  const files = new Set(listed.split("\0").filter((file) => file !== "" && !file.startsWith("cli/checks/fixtures/")));
  // A file deleted but not yet committed is still listed.
  return [...files].filter((file) => statSync(join(root, file), { throwIfNoEntry: false })?.isFile()).toSorted();
}
