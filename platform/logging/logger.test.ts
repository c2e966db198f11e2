import { describe, expect, test } from "vitest";
import { AppError } from "../errors/app-error.ts";
import { createLogger } from "./logger.ts";

function recordingLogger() {
  const lines: string[] = [];
  const stream = { write: (line: string) => void lines.push(line) };
  return { lines, log: createLogger({ service: "x", instance: "x-1", level: "debug", stream }) };
}

const line = (lines: string[]): Record<string, unknown> => JSON.parse(lines.at(-1)!) as Record<string, unknown>;

describe("log lines", () => {
  test("carry service, instance, level name and ISO time", () => {
    const { lines, log } = recordingLogger();
    log.info({ n: 1 }, "hello");
    expect(line(lines)).toMatchObject({ level: "info", service: "x", instance: "x-1", n: 1, msg: "hello" });
    expect(String(line(lines)["time"])).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  test("mask telling keys at any depth, in arrays, maps and child loggers, and leave the original alone", () => {
    const { lines, log } = recordingLogger();
    const original = { a: [{ user_password: "canary-1", b: { accessToken: "canary-2" } }], key: "kept", phone: null };
    log.child({ authorization: "canary-3" }).info({ ...original, m: new Map([["receiver", "canary-4"]]) }, "x");
    expect(lines.join("")).not.toContain("canary");
    expect(line(lines)).toMatchObject({ key: "kept", phone: null });
    expect(original.a[0]?.user_password).toBe("canary-1");
  });

  test("mask phones and e-mail addresses in messages, values and format arguments; ids stay", () => {
    const { lines, log } = recordingLogger();
    log.info(
      { note: "call 13812341234", id: "2381381234123412345" },
      "mail %s or alice@example.org",
      "bob@example.org",
    );
    expect(lines[0]).not.toMatch(/call 13812341234|alice|bob/);
    expect(line(lines)).toMatchObject({
      note: "call 138****1234",
      id: "2381381234123412345",
      msg: "mail b***@example.org or a***@example.org",
    });
  });

  test("show bytes only as their number", () => {
    const { lines, log } = recordingLogger();
    log.info({ value: Buffer.from("canary") }, "x");
    expect(line(lines)["value"]).toBe("[6 bytes]");
  });

  test("cannot be forged by line breaks in a value, a key or a message", () => {
    const { lines, log } = recordingLogger();
    log.info({ "a\nb": 'c\r\n{"level":"fatal"}\u2028' }, "d\r\ne");
    expect(lines).toHaveLength(1);
    expect(lines[0]!.indexOf("\n")).toBe(lines[0]!.length - 1);
    expect(lines[0]).not.toContain("\r");
  });

  test("survive cycles and what is nested for ever", () => {
    const { lines, log } = recordingLogger();
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    log.info(cycle, "x");
    expect(lines[0]).toContain("[too deep]");
  });
});

describe("errors in log lines", () => {
  test("show code, masked message, stack and the causes' codes, and none of the driver's own fields", () => {
    const { lines, log } = recordingLogger();
    const driver = Object.assign(new Error("Duplicate entry 'alice@example.org'"), {
      code: "ER_DUP_ENTRY",
      sql: "insert canary",
    });
    log.error(
      { err: new AppError({ code: "NO", message: "for 13812341234", retry: "never", cause: driver }) },
      "failed",
    );
    const { err } = line(lines) as { err: Record<string, unknown> };
    expect(err).toMatchObject({ code: "NO", message: "for 138****1234" });
    expect(err["stack"]).toContain("logger.test.ts");
    expect(err["causes"]).toEqual([{ code: "ER_DUP_ENTRY", message: "Duplicate entry 'a***@example.org'" }]);
    expect(lines.join("")).not.toMatch(/canary|alice|13812341234/);
  });

  test("are masked also when the error stands alone", () => {
    const { lines, log } = recordingLogger();
    log.error(new Error("for 13812341234"));
    log.error({ err: new Error("for 13812341234") });
    expect(lines.join("")).not.toContain("13812341234");
    expect(line(lines)["msg"]).toBe("for 138****1234");
  });
});
