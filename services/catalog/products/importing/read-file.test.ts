import { describe, expect, it } from "vitest";
import { readFile } from "./read-file.ts";
import { splitRecords } from "./split-records.ts";

const HEADER = "product_code,product_name,category,brand,sku_code,price_cents,attribute:colour";
/** `rest`: price and colour. */
const row = (sku: string, name = "Lamp", rest = "100,") => `P1,${name},Home,Acme,${sku},${rest}`;
const linesOf = (text: string, batch = 3) => [...readFile(text, batch)].flat();
const reasons = (text: string) =>
  linesOf(text).map((line) =>
    "refused" in line ? `${line.line}: ${line.refused}` : `${line.line}: ${line.wanted.sku_code}`,
  );

describe("a product file", () => {
  it.each([
    ["unix", "\n", ""],
    ["windows", "\r\n", ""],
    ["old mac", "\r", ""],
    ["windows, with a byte order mark", "\r\n", "\ufeff"],
  ])("is read alike with the line ends of %s", (_what, end, mark) => {
    const text = mark + [HEADER, row("S1"), row("S2", '"A, ""B"""', "5,rot")].join(end) + end;
    expect(linesOf(text)).toMatchObject([
      {
        line: 2,
        wanted: { sku_code: "S1", product_name: "Lamp", price_cents: 100, currency: "CNY", stock: 0, attributes: {} },
      },
      { line: 3, wanted: { sku_code: "S2", product_name: 'A, "B"', price_cents: 5, attributes: { colour: "rot" } } },
    ]);
  });

  it("keeps text in any script, normalised, and several lines of a description", () => {
    const text = `${HEADER.replace("sku_code", "description,sku_code")}\nP1,台灯 e\u0301,Home,Acme,"一\r\n二",S1,100,红\n`;
    expect(linesOf(text)).toMatchObject([
      { line: 2, wanted: { product_name: "台灯 \u00e9", description: "一\n二", attributes: { colour: "红" } } },
    ]);
  });

  it("counts lines as an editor does, over empty ones and those inside quotes", () => {
    const quoted = row("S1").replace("Lamp", '"La\nmp"');
    expect(reasons(`${HEADER}\n\n${quoted}\n\n${row("S2")}\n`)).toEqual([
      "3: product_name: must not have control characters",
      "6: S2",
    ]);
  });

  it("gives its lines in batches, in order", () => {
    const text = [HEADER, ...Array.from({ length: 7 }, (_, at) => row(`S${at}`))].join("\n");
    expect([...readFile(text, 3)].map((batch) => batch.map(({ line }) => line))).toEqual([[2, 3, 4], [5, 6, 7], [8]]);
  });

  it.each([
    ["a stray quote", row("S1", 'La"mp'), "a quote stands where none may be"],
    ["text behind a quote", row("S1", '"La"mp'), "a quote is not closed, or too early"],
    ["an unclosed quote", row("S1", '"Lamp'), "a quote is not closed, or too early"],
    ["too few cells", "P1,Lamp", "2 cells under 7 columns"],
    ["a price that is none", row("S1", "Lamp", "1.50,"), "price_cents: must be a whole number"],
    [
      "a code that is none",
      row("S 1"),
      "sku_code: must be 1 to 64 letters, digits and . _ / -, a letter or digit first",
    ],
    ["a formula", row("S1", "=HYPERLINK(1)"), "product_name: must not begin with = + - @ or a tab"],
    ["a formula in quotes", row("S1", '"@SUM(1)"'), "product_name: must not begin with = + - @ or a tab"],
    ["a formula as an attribute", row("S1", "Lamp", "1,+1"), "attribute:colour: must not begin with = + - @ or a tab"],
    ["no name", row("S1", " "), "product_name: Too small: expected string to have >=1 characters"],
  ])("refuses a line with %s, and no other", (_what, bad, reason) => {
    const text = [HEADER, row("S0"), bad, row("S2"), row("S3")].join("\r\n");
    const lines = linesOf(text, 10);
    expect(lines.map((line) => ("refused" in line ? "refused" : line.wanted.sku_code))).toEqual([
      "S0",
      "refused",
      "S2",
      "S3",
    ]);
    expect((lines[1] as { refused: string }).refused).toBe(reason);
  });

  it.each([
    ["nothing", ""],
    ["no header", row("S1")],
    ["a column missing", HEADER.replace(",brand", "")],
    ["a column twice", `${HEADER},brand`],
    ["an unknown column", `${HEADER},colour`],
    ["a column of the prototype", `${HEADER},attribute:__proto__`],
    ["an unclosed quote in the header", `"${HEADER}`],
  ])("is refused as a whole with %s", (_what, text) => {
    expect(() => linesOf(text)).toThrow(expect.objectContaining({ code: "VALIDATION_FAILED" }));
  });

  it("keeps the good lines between two with unclosed quotes", () => {
    const text = [HEADER, row("S1", '"Lamp'), row("S2"), row("S3", '"Lamp'), row("S4")].join("\n");
    expect(linesOf(text).map((line) => ("refused" in line ? line.line : line.wanted.sku_code))).toEqual([
      2,
      "S2",
      4,
      "S4",
    ]);
  });

  it("is given up behind the hundredth unclosed quote, in time that does not grow with its length", () => {
    const broken = row("S1", '"Lamp');
    const text = [HEADER, ...Array.from({ length: 60_000 }, () => `${broken}\n${row("S2")}`)].join("\n");
    const started = performance.now();
    const lines = linesOf(text, 200);
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(lines.at(-1)).toMatchObject({ refused: expect.stringContaining("nothing from here on was read") });
  });
});

describe("records", () => {
  it("end where quotes allow, and cover the text without a gap", () => {
    const text = '"a\n""b""",c\r\n\r\n d,"e"\rlast,"f"';
    expect([...splitRecords(text, 1_000)]).toEqual([
      { line: 1, text: '"a\n""b""",c', isWhole: true },
      { line: 4, text: ' d,"e"', isWhole: true },
      { line: 5, text: 'last,"f"', isWhole: true },
    ]);
  });

  it("that are longer than may be are broken at their first line", () => {
    expect([...splitRecords(`"${"x".repeat(50)}\n",1\na,b`, 20)].map(({ line, isWhole }) => [line, isWhole])).toEqual([
      [1, false],
      [2, false],
      [3, true],
    ]);
  });
});
