import { createHash, createHmac, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type SignatureHeaders, type SignedParts, signRequest, verifyRequestSignature } from "./request-signing.ts";

const secret = randomBytes(32);
const parts: SignedParts = { method: "POST", path: "/callbacks/A", query: "b=2&a=1&a=0", body: Buffer.from('{"n":1}') };
const signed = signRequest({ ...parts, keyId: "k1", createdSeconds: 1_000_000, nonce: "nonce-of-16-chars" }, secret);

function verifier({ nowSeconds = 1_000_000 } = {}) {
  const seen = new Set<string>();
  let asked = 0;
  const verify = (request: SignedParts, headers: Partial<SignatureHeaders>) =>
    verifyRequestSignature(request, {
      header: (name) => Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1],
      secretOf: (keyId) => (keyId === "k1" ? secret : undefined),
      nowSeconds,
      rememberNonce: async (keyId, nonce) => {
        asked += 1;
        const fresh = !seen.has(`${keyId}:${nonce}`);
        seen.add(`${keyId}:${nonce}`);
        return fresh;
      },
    });
  return { verify, asked: () => asked };
}

describe("request signature", () => {
  test("is the HMAC over the documented text", () => {
    const text = [
      "POST",
      "/callbacks/A",
      "a=0&a=1&b=2",
      createHash("sha256").update('{"n":1}').digest("hex"),
      "k1",
      "1000000",
      "nonce-of-16-chars",
    ].join("\n");
    expect(signed["Mall-Signature"]).toBe(createHmac("sha256", secret).update(text).digest("hex"));
  });

  test("is accepted once; the same nonce again is a replay", async () => {
    const { verify } = verifier();
    expect(await verify(parts, signed)).toEqual({ ok: true, keyId: "k1" });
    expect(await verify(parts, signed)).toEqual({ ok: false, reason: "replayed" });
  });

  test("stands when the query's pairs come in another order", async () => {
    expect(await verifier().verify({ ...parts, query: "a=0&b=2&a=1" }, signed)).toMatchObject({ ok: true });
  });

  test.each<[string, Partial<SignedParts>, Partial<SignatureHeaders>]>([
    ["method", { method: "PUT" }, {}],
    ["path", { path: "/callbacks/B" }, {}],
    ["query value", { query: "b=2&a=1&a=9" }, {}],
    ["query pair dropped", { query: "b=2&a=1" }, {}],
    ["query pair doubled", { query: "b=2&b=2&a=1&a=0" }, {}],
    ["body", { body: Buffer.from('{"n":2}') }, {}],
    ["created", {}, { "Mall-Created": "1000001" }],
    ["nonce", {}, { "Mall-Nonce": "another-of-16-chars" }],
    ["signature", {}, { "Mall-Signature": "0".repeat(64) }],
  ])("is refused when changed: %s, and burns no nonce", async (_part, changed, headers) => {
    const { verify, asked } = verifier();
    expect(await verify({ ...parts, ...changed }, { ...signed, ...headers })).toEqual({
      ok: false,
      reason: "mismatch",
    });
    expect(asked()).toBe(0);
  });

  test("is refused for a key that is not known, and when a header is missing or malformed", async () => {
    const { verify } = verifier();
    expect(await verify(parts, { ...signed, "Mall-Key-Id": "k2" })).toMatchObject({ reason: "unknown-key" });
    for (const name of Object.keys(signed)) {
      expect(await verify(parts, { ...signed, [name]: "" })).toEqual({ ok: false, reason: "missing" });
    }
  });

  test("is good for 60 s either way", async () => {
    for (const [skew, ok] of [
      [60, true],
      [-60, true],
      [61, false],
      [-61, false],
    ] as const) {
      expect((await verifier({ nowSeconds: 1_000_000 + skew }).verify(parts, signed)).ok).toBe(ok);
    }
  });
});
