import { describe, expect, test } from "vitest";
import { findExecutable, parseJavaVersion } from "./executables.ts";

describe("executables", () => {
  test("are found in the system's folders whatever the path says", () => {
    expect(findExecutable("sh", [])).toMatch(/bin\/sh$/);
    expect(findExecutable("no-such-program", ["/usr/bin"])).toBeUndefined();
  });

  test.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['openjdk version "21" 2023-09-19', 21],
    ['java version "1.8.0_202"', 8],
    ["command not found", 0],
  ])("reads %s as Java %i", (output, version) => {
    expect(parseJavaVersion(output)).toBe(version);
  });
});
