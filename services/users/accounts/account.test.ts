import { describe, expect, it } from "vitest";
import { isUsername, loginNameKind, usernameKey } from "./account.ts";

describe("log-in names", () => {
  it.each([
    ["ann", "username"],
    ["13812345678", "phone"],
    ["+86 138-1234-5678", "phone"],
    ["ann@example.org", "email"],
    ["4ever", "username"],
  ])("%s is looked up as %s", (name, kind) => {
    expect(loginNameKind(name)).toBe(kind);
  });

  it("a username is never taken for a phone number or an e-mail address", () => {
    for (const name of ["13812345678", "12-34-56", "a@b", "ab", "a b c", "x".repeat(65)]) {
      expect(isUsername(name), name).toBe(false);
    }
    for (const name of ["张小三", "ann.b_c-9", "4ever"]) expect(isUsername(name), name).toBe(true);
  });

  it("usernames differ by more than case", () => {
    expect(usernameKey("Ann")).toBe(usernameKey("aNN"));
  });
});
