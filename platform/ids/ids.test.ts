import { describe, expect, test } from "vitest";
import { createIds, eventIdV5, eventIdV7 } from "./ids.ts";

describe("row ids", () => {
  test("are decimal strings of at most 63 bits that carry the time", () => {
    const next = createIds(() => Date.UTC(2026, 0, 1));
    const id = BigInt(next());
    expect(id < 2n ** 63n).toBe(true);
    expect(Number(id >> 22n)).toBe(Date.UTC(2026, 0, 1) - Date.UTC(2024, 0, 1));
  });

  test("do not repeat within a process, even within one millisecond", () => {
    const next = createIds(() => Date.UTC(2026, 0, 1));
    expect(new Set(Array.from({ length: 10_000 }, next)).size).toBe(10_000);
  });
});

describe("event ids", () => {
  test("v7 grows with time", () => {
    const ids = Array.from({ length: 100 }, eventIdV7);
    expect(ids.toSorted()).toEqual(ids);
  });

  test("v5 is the same for the same name, and another in another namespace", () => {
    expect(eventIdV5("sweep", "1")).toBe(eventIdV5("sweep", "1"));
    expect(eventIdV5("sweep", "1")).not.toBe(eventIdV5("scan", "1"));
    expect(eventIdV5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com")).toBe(
      "2ed6657d-e927-568b-95e1-2665a8aea6a2",
    );
  });
});
