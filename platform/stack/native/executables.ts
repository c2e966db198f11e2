import { execFileSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";

// Debian keeps servers in sbin, which is often not on the path of a normal user.
const systemFolders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

export function findExecutable(name: string, searchPath: string[]): string | undefined {
  return [...searchPath, ...systemFolders].map((folder) => join(folder, name)).find(isExecutable);
}

/** The first Java on the machine that is at least version `atLeast`. */
export function findJava(atLeast: number, searchPath: string[]): string | undefined {
  const candidates = [...searchPath, ...systemFolders, "/usr/lib/jvm/java-17-openjdk-amd64/bin"];
  return candidates
    .map((folder) => join(folder, "java"))
    .find((java) => isExecutable(java) && javaVersion(java) >= atLeast);
}

/** Major version out of what `java -version` prints: `openjdk version "17.0.15" …` and, for old ones, `java version "1.8.0_202"`. */
export function parseJavaVersion(output: string): number {
  const match = output.match(/version "(?:1\.)?(\d+)/);
  return match?.[1] === undefined ? 0 : Number(match[1]);
}

function javaVersion(java: string): number {
  try {
    // Java prints its version on the error stream.
    return parseJavaVersion(execFileSync("/bin/sh", ["-c", '"$0" -version 2>&1', java], { encoding: "utf8" }));
  } catch {
    return 0;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
