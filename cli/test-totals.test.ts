import { describe, expect, test } from "vitest";
import { addTotals, closingLine, countReport } from "./test-totals.ts";

const report = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };

describe("totals of a test run", () => {
  test("count a file that could not be loaded as a failure", () => {
    const broken = { status: "failed", assertionResults: [] };
    expect(countReport({ ...report, testResults: [broken] })).toEqual({ passed: 3, failed: 1, skipped: 0 });
  });

  test("count a failed test once, not again for its file", () => {
    const file = { status: "failed", assertionResults: [{ status: "failed" }] };
    const counted = countReport({ ...report, numFailedTests: 1, testResults: [file] });
    expect(counted).toEqual({ passed: 3, failed: 1, skipped: 0 });
  });

  test("close with the line that continuous integration reads", () => {
    const sum = addTotals([
      { passed: 3, failed: 0, skipped: 0 },
      { passed: 4, failed: 1, skipped: 2 },
    ]);
    expect(closingLine(sum)).toBe("7 passed, 1 failed, 2 skipped");
    expect(closingLine({ passed: 7, failed: 0, skipped: 0 })).toBe("7 passed, 0 failed");
  });
});
