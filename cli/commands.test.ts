import { describe, expect, test } from "vitest";
import { findCommand, usage } from "./commands.ts";

describe("commands", () => {
  test("can each be loaded", async () => {
    const names = [...usage.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name ?? "");
    expect(names.length).toBeGreaterThan(8);
    for (const name of names) expect(await findCommand(name)?.()).toBeTypeOf("function");
  });

  test("of another name do not exist", () => {
    expect(findCommand("explode")).toBeUndefined();
  });
});
