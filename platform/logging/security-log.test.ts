import { describe, expect, test } from "vitest";
import { createLogger } from "./logger.ts";
import { createSecurityLog } from "./security-log.ts";

function recording(level: string) {
  const lines: string[] = [];
  const stream = { write: (line: string) => void lines.push(line) };
  return { lines, securityLog: createSecurityLog(createLogger({ service: "x", instance: "x-1", level, stream })) };
}

describe("the security log", () => {
  test("is written also when the other lines are not, one line per event", () => {
    const { lines, securityLog } = recording("error");
    securityLog("login-failed", { requestId: "r-1", address: "203.0.113.7", userId: undefined });
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ security: "login-failed", requestId: "r-1", service: "x" });
    expect(lines).toHaveLength(1);
  });

  test("shows no secret and no personal data, and cannot be forged", () => {
    const { lines, securityLog } = recording("info");
    securityLog("login-failed", { note: "13812341234\r\nforged", refreshToken: "canary" });
    expect(lines.join("")).not.toMatch(/13812341234|canary|\r/);
    expect(lines[0]?.indexOf("\n")).toBe(lines[0]!.length - 1);
  });

  test("is silent where all is silent", () => {
    const { lines, securityLog } = recording("silent");
    securityLog("login-failed", {});
    expect(lines).toEqual([]);
  });
});
