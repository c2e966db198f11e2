import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { classArchive, existingClassArchive } from "./class-archive.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "class-archive-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function writeArchive(): { file: string; end: (cleanly: boolean) => void; unfinished: string } {
  const file = join(folder, "server.jsa");
  const { jvmOptions, afterExit } = classArchive(file);
  const unfinished = jvmOptions[0]?.replace("-XX:ArchiveClassesAtExit=", "") ?? "";
  writeFileSync(unfinished, "classes");
  return { file, end: afterExit, unfinished };
}

describe("class archive", () => {
  test("is kept when the JVM ended by itself, and used from then on", () => {
    const { file, end } = writeArchive();
    end(true);
    expect(existingClassArchive(file)).toEqual([`-XX:SharedArchiveFile=${file}`]);
    expect(classArchive(file).jvmOptions).toEqual([`-XX:SharedArchiveFile=${file}`]);
  });

  test("is thrown away when the JVM was killed", () => {
    const { file, end, unfinished } = writeArchive();
    end(false);
    expect(existsSync(unfinished)).toBe(false);
    expect(existingClassArchive(file)).toEqual([]);
  });
});
