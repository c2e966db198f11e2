import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { AppError } from "../errors/app-error.ts";
import { createFieldCipher } from "./field-cipher.ts";
import { createSubjectKeys } from "./subject-keys.ts";

const k1 = randomBytes(32);
const k2 = randomBytes(32);
const old = createFieldCipher({ current: "k1", keys: new Map([["k1", k1]]) });
const rotated = createFieldCipher({
  current: "k2",
  keys: new Map([
    ["k1", k1],
    ["k2", k2],
  ]),
});

describe("field cipher", () => {
  test("gives the text back, and never the same bytes twice", () => {
    const bytes = old.encrypt("长安街 1 号", "t:street:1");
    expect(old.decrypt(bytes, "t:street:1")).toBe("长安街 1 号");
    expect(bytes.equals(old.encrypt("长安街 1 号", "t:street:1"))).toBe(false);
    expect(bytes.includes("长安街")).toBe(false);
  });

  test("refuses a ciphertext swapped from another row", () => {
    const [one, two] = [old.encrypt("one", "t:street:1"), old.encrypt("two", "t:street:2")];
    expect(() => old.decrypt(two, "t:street:1")).toThrow(AppError);
    expect(() => old.decrypt(one, "t:street:2")).toThrow(expect.objectContaining({ code: "CIPHERTEXT_INVALID" }));
  });

  test("refuses every changed byte, a cut and an empty value", () => {
    const bytes = old.encrypt("text", "a");
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(() => old.decrypt(changed, "a")).toThrow(AppError);
    }
    for (const cut of [bytes.subarray(0, -1), bytes.subarray(0, 5), Buffer.alloc(0)]) {
      expect(() => old.decrypt(cut, "a")).toThrow(AppError);
    }
  });

  test("reads old values after a rotation and tells them from new ones; a retired key is unknown", () => {
    const bytes = old.encrypt("text", "a");
    expect(rotated.decrypt(bytes, "a")).toBe("text");
    expect([rotated.isStale(bytes), rotated.isStale(rotated.encrypt("text", "a"))]).toEqual([true, false]);
    expect(() => old.decrypt(rotated.encrypt("text", "a"), "a")).toThrow(AppError);
  });

  test("does not start without its current key", () => {
    expect(() => createFieldCipher({ current: "k9", keys: new Map() })).toThrow(AppError);
  });
});

describe("subject keys", () => {
  const keys = createSubjectKeys({ current: "k1", keys: new Map([["k1", k1]]) });
  const later = createSubjectKeys({
    current: "k2",
    keys: new Map([
      ["k1", k1],
      ["k2", k2],
    ]),
  });

  test("each subject has a key of its own, usable only for that subject", () => {
    const wrapped = keys.newWrappedKey("7");
    const bytes = keys.unwrap(wrapped, "7").encrypt("text", "a");
    expect(keys.unwrap(wrapped, "7").decrypt(bytes, "a")).toBe("text");
    expect(() => keys.unwrap(wrapped, "8")).toThrow(AppError);
    expect(() => keys.unwrap(keys.newWrappedKey("8"), "8").decrypt(bytes, "a")).toThrow(AppError);
  });

  test("rotation of the master key leaves the subject's values readable", () => {
    const wrapped = keys.newWrappedKey("7");
    const bytes = keys.unwrap(wrapped, "7").encrypt("text", "a");
    const rewrapped = later.rewrap(wrapped, "7")!;
    expect(later.unwrap(rewrapped, "7").decrypt(bytes, "a")).toBe("text");
    expect(later.rewrap(rewrapped, "7")).toBeUndefined();
  });
});
