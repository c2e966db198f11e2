import { createHmac, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { signIdentity, verifyIdentity } from "./identity.ts";

const key = randomBytes(32);
const claims = { sub: "7", roles: ["shopper"], aud: "x", iat: 1_000_000, requestId: "request-1" };
const check = { key, audience: "x", nowSeconds: 1_000_010 };

describe("Mall-Identity", () => {
  test("gives the subject, roles and request id back, also for anonymous callers", () => {
    expect(verifyIdentity(signIdentity(claims, key), check)).toEqual({
      sub: "7",
      roles: ["shopper"],
      requestId: "request-1",
    });
    expect(verifyIdentity(signIdentity({ ...claims, sub: null }, key), check)?.sub).toBeNull();
  });

  test("has the form v1.<base64url JSON>.<base64url HMAC>", () => {
    const [version, body, mac] = signIdentity(claims, key).split(".");
    expect(version).toBe("v1");
    expect(JSON.parse(Buffer.from(body!, "base64url").toString())).toEqual(claims);
    expect(Buffer.from(mac!, "base64url")).toEqual(createHmac("sha256", key).update(`v1.${body}`).digest());
  });

  test.each([
    ["another key", signIdentity(claims, randomBytes(32))],
    ["another audience", signIdentity({ ...claims, aud: "y" }, key)],
    ["31 s old", signIdentity({ ...claims, iat: check.nowSeconds - 31 }, key)],
    ["31 s ahead", signIdentity({ ...claims, iat: check.nowSeconds + 31 }, key)],
    ["no signature", signIdentity(claims, key).replace(/\.[^.]*$/, ".")],
    ["cut off", signIdentity(claims, key).slice(0, -4)],
    ["another version", signIdentity(claims, key).replace("v1.", "v2.")],
    ["not an identity", "v1."],
    ["empty", ""],
    ["absent", undefined],
  ])("is refused: %s", (_fault, header) => {
    expect(verifyIdentity(header, check)).toBeUndefined();
  });

  test("is refused when a role was slipped in", () => {
    const [version, , mac] = signIdentity(claims, key).split(".");
    const forged = Buffer.from(JSON.stringify({ ...claims, roles: ["ops"] })).toString("base64url");
    expect(verifyIdentity(`${version}.${forged}.${mac}`, check)).toBeUndefined();
  });

  test("is good for 30 s either way", () => {
    for (const iat of [check.nowSeconds - 30, check.nowSeconds + 30]) {
      expect(verifyIdentity(signIdentity({ ...claims, iat }, key), check)).toBeDefined();
    }
  });
});
