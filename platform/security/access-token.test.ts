import { createHmac, generateKeyPairSync, type KeyObject } from "node:crypto";
import { SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import { createTokenSigner, createTokenVerifier } from "./access-token.ts";

const pem = (key: KeyObject): string =>
  key.export({ format: "pem", type: key.type === "public" ? "spki" : "pkcs8" }).toString();
const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const signer = createTokenSigner(pem(privateKey));
const verifier = createTokenVerifier(pem(publicKey));
const subject = { userId: "7", sid: "s1", roles: ["shopper"] };
const NOW = 1_800_000_000;

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const claims = {
  sub: "7",
  sid: "s1",
  roles: ["ops"],
  iss: "mall-users",
  aud: "mall-edge",
  iat: NOW,
  nbf: NOW,
  exp: NOW + 300,
};

function signedBy(key: KeyObject, changes: Record<string, unknown> = {}, header: Record<string, unknown> = {}) {
  return new SignJWT({ ...claims, ...changes })
    .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", ...header })
    .sign(key);
}

describe("access token", () => {
  test("gives its subject back until it expires, from the cache as well", async () => {
    const token = await signer.sign(subject, NOW);
    const expected = { ...subject, issuedAtSeconds: NOW, expiresAtSeconds: NOW + 300 };
    expect(await verifier.verify(token, NOW)).toEqual(expected);
    expect(await verifier.verify(token, NOW + 299)).toEqual(expected);
    expect(await verifier.verify(token, NOW + 300)).toBeUndefined();
  });

  test("the planted claims are good when nothing is wrong with them", async () => {
    expect(await verifier.verify(await signedBy(privateKey), NOW)).toMatchObject({ userId: "7" });
  });

  test("alg none is refused", async () => {
    for (const alg of ["none", "None", "NONE"]) {
      expect(await verifier.verify(`${base64({ alg, typ: "at+jwt" })}.${base64(claims)}.`, NOW)).toBeUndefined();
    }
  });

  test("an HMAC with the public key as its secret is refused", async () => {
    const signed = `${base64({ alg: "HS256", typ: "at+jwt" })}.${base64(claims)}`;
    const mac = createHmac("sha256", pem(publicKey)).update(signed).digest("base64url");
    expect(await verifier.verify(`${signed}.${mac}`, NOW)).toBeUndefined();
  });

  test("a key brought along in the header is not used", async () => {
    const own = generateKeyPairSync("ed25519");
    const jwk = own.publicKey.export({ format: "jwk" });
    expect(await verifier.verify(await signedBy(own.privateKey, {}, { jwk }), NOW)).toBeUndefined();
  });

  test.each<[string, Record<string, unknown>]>([
    ["audience", { aud: "other" }],
    ["issuer", { iss: "other" }],
    ["not valid yet", { nbf: NOW + 60 }],
    ["expired", { exp: NOW - 60 }],
    ["valid for longer than any token", { iat: NOW - 400, exp: NOW + 3_000 }],
    ["no session", { sid: undefined }],
  ])("wrong %s is refused", async (_name, changes) => {
    expect(await verifier.verify(await signedBy(privateKey, changes), NOW)).toBeUndefined();
  });

  test("another type of token is refused", async () => {
    expect(await verifier.verify(await signedBy(privateKey, {}, { typ: "rt+jwt" }), NOW)).toBeUndefined();
    expect(await verifier.verify("not.a.token", NOW)).toBeUndefined();
    expect(await verifier.verify("x".repeat(10_000), NOW)).toBeUndefined();
  });
});
