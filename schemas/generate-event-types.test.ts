import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { generateEventTypes } from "./generate-event-types.ts";
import { readSchemas } from "./read-schemas.ts";
import type { AvroField, SchemaFile } from "./read-schemas.ts";

function anEvent(name: string, fields: readonly AvroField[]): SchemaFile {
  const schema = { type: "record", name, namespace: "mall.probe", doc: `${name} as it is.`, fields } as const;
  return { owner: "probe", name, file: `probe/${name}.avsc`, schema, history: [] };
}

describe("generate event types", () => {
  test("the committed file is fresh", async () => {
    const committed = readFileSync(join(import.meta.dirname, "event-types.ts"), "utf8");
    expect(await generateEventTypes(readSchemas(import.meta.dirname))).toBe(committed);
  });

  test("gives each kind of field its type", async () => {
    const text = await generateEventTypes([
      anEvent("Happened", [
        { name: "userId", type: "string", doc: "Who." },
        { name: "at", type: { type: "long", logicalType: "timestamp-millis" } },
        { name: "secret", type: ["null", "bytes"], default: null },
        { name: "names", type: { type: "map", values: "string" } },
        { name: "kind", type: { type: "enum", name: "Kind", symbols: ["OTHER", "BIG"], default: "OTHER" } },
        { name: "lines", type: { type: "array", items: { type: "record", name: "Line", fields: [] } } },
        { name: "second", type: "Kind" },
      ]),
    ]);
    expect(text).toContain('export type Kind = "OTHER" | "BIG";');
    expect(text).toContain("export interface Line {}");
    expect(text).toContain(`/** Happened as it is. */
export interface Happened {
  /** Who. */
  readonly userId: UserId;
  readonly at: number;
  readonly secret: Buffer | null;
  readonly names: Readonly<Record<string, string>>;
  readonly kind: Kind;
  readonly lines: readonly Line[];
  readonly second: Kind;
}`);
    expect(text).toContain(`export const Happened: EventType<Happened> = {
  name: "Happened",
  owner: "probe",`);
  });

  test("refuses two nested types of one name that differ", async () => {
    const lines = (count: string) => {
      return [
        { name: "line", type: { type: "record", name: "Line", fields: [{ name: count, type: "long" }] } },
      ] as const;
    };
    const same = [anEvent("First", lines("count")), anEvent("Second", lines("count"))];
    await expect(generateEventTypes(same)).resolves.toContain("interface Line");
    const clash = [anEvent("First", lines("count")), anEvent("Second", lines("amount"))];
    await expect(generateEventTypes(clash)).rejects.toThrow("Line is declared twice");
  });

  test("refuses unions other than optional fields", async () => {
    const event = anEvent("Happened", [{ name: "either", type: ["string", "long"] }]);
    await expect(generateEventTypes([event])).rejects.toThrow('only ["null", T]');
  });
});
