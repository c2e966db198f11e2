import { describe, expect, test } from "vitest";
import { findViolations } from "./check-compatibility.ts";
import { readSchemas } from "./read-schemas.ts";
import type { AvroField, AvroRecord, AvroType, SchemaFile } from "./read-schemas.ts";

const reason = { type: "enum", name: "Reason", symbols: ["OTHER", "LATE"], default: "OTHER" } as const;
const line: AvroRecord = { type: "record", name: "Line", fields: [{ name: "count", type: "long" }] };
const fields: readonly AvroField[] = [
  { name: "id", type: "string" },
  { name: "note", type: ["null", "string"], default: null },
  { name: "reason", type: reason },
  { name: "lines", type: { type: "array", items: line } },
  { name: "at", type: { type: "long", logicalType: "timestamp-millis" } },
];

function released(changed: readonly AvroField[]): string[] {
  const [older, newer] = [fields, changed].map((each): AvroRecord => {
    return { type: "record", name: "Happened", namespace: "mall.probe", fields: each };
  }) as [AvroRecord, AvroRecord];
  const history = [older, newer].map((schema, index) => {
    return { version: index + 1, file: `probe/history/Happened.${index + 1}.avsc`, schema };
  });
  return findViolations([{ ...file, schema: newer, history }]);
}

const file = { owner: "probe", name: "Happened", file: "probe/Happened.avsc" };

/** The fields with one of them given another type. */
function retyped(name: string, type: AvroType): readonly AvroField[] {
  return fields.map((field) => (field.name === name ? { ...field, type } : field));
}

describe("check compatibility", () => {
  test("all events of the mall are released and compatible", () => {
    expect(findViolations(readSchemas(import.meta.dirname))).toEqual([]);
  });

  test("an optional field may come, and may go", () => {
    expect(released([...fields, { name: "more", type: ["null", "long"], default: null }])).toEqual([]);
    expect(released(fields.filter((field) => field.name !== "note"))).toEqual([]);
  });

  test("an enum symbol may come, since old readers take it for the default", () => {
    expect(released(retyped("reason", { ...reason, symbols: ["OTHER", "LATE", "LOST"] }))).toEqual([]);
  });

  test.each<[string, readonly AvroField[], string]>([
    ["a required field added", [...fields, { name: "more", type: "long" }], "field more was added but is not optional"],
    [
      "a field with another default added",
      [...fields, { name: "more", type: "long", default: 0 }],
      "field more was added but is not optional",
    ],
    ["a required field removed", fields.slice(1), "required field id was removed"],
    ["a type changed", retyped("id", "long"), "the type of id changed from string to long"],
    ["a type that Avro would convert", retyped("id", "bytes"), "the type of id changed from string to bytes"],
    ["a unit dropped", retyped("at", "long"), "the type of at changed from long (timestamp-millis) to long"],
    ["a field made optional", retyped("id", ["null", "string"]), "the type of id changed from string to a union"],
    [
      "an enum symbol removed",
      retyped("reason", { ...reason, symbols: ["OTHER"] }),
      "symbol LATE of reason was removed",
    ],
    [
      "another default symbol",
      retyped("reason", { ...reason, default: "LATE" }),
      "the default symbol of reason changed",
    ],
    [
      "a required field added to a nested record",
      retyped("lines", { type: "array", items: { ...line, fields: [...line.fields, { name: "more", type: "long" }] } }),
      "field lines.more was added but is not optional",
    ],
    [
      "a nested record renamed",
      retyped("lines", { type: "array", items: { ...line, name: "Row" } }),
      "lines. was renamed from Line to Row",
    ],
  ])("refuses %s", (_, changed, sentence) => {
    const violations = released(changed);
    expect(violations.join("\n")).toContain(`probe/Happened.avsc against probe/history/Happened.1.avsc: ${sentence}`);
  });

  test("refuses an event without history, a change without release, and a gap between versions", () => {
    const schema: AvroRecord = { type: "record", name: "Happened", namespace: "mall.probe", fields };
    const first = { version: 1, file: "probe/history/Happened.1.avsc", schema };
    const violations = (changed: Partial<SchemaFile>) =>
      findViolations([{ ...file, schema, history: [first], ...changed }]);
    expect(violations({ history: [] })[0]).toContain("release it as history/Happened.1.avsc");
    expect(violations({ schema: { ...schema, doc: "Changed." } })[0]).toContain(
      "release it as history/Happened.2.avsc",
    );
    expect(violations({ history: [first, { ...first, version: 3 }] })[0]).toContain("without gaps");
  });

  test("refuses a record that is not named as its file", () => {
    const schema: AvroRecord = { type: "record", name: "Other", namespace: "mall.probe", fields };
    const history = [{ version: 1, file: "probe/history/Happened.1.avsc", schema }];
    expect(findViolations([{ ...file, schema, history }])[0]).toContain("expected mall.probe.Happened");
  });
});
