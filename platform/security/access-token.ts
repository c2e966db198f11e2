/**
 * Access tokens: EdDSA JWTs of five minutes. The verifier takes one algorithm, one issuer, one audience, one type and
 * one key, whatever the header asks for. It does not know whether the session was revoked meanwhile: the edge asks.
 */
import { createPrivateKey, createPublicKey } from "node:crypto";
import { jwtVerify, SignJWT } from "jose";
import { LRUCache } from "lru-cache";

export interface TokenSubject {
  readonly userId: string;
  /** Session id, for revocation. */
  readonly sid: string;
  readonly roles: readonly string[];
}

export interface VerifiedToken extends TokenSubject {
  /** Unix seconds. */
  readonly issuedAtSeconds: number;
  readonly expiresAtSeconds: number;
}

export interface TokenSigner {
  readonly expiresInSeconds: number;
  sign(subject: TokenSubject, nowSeconds?: number): Promise<string>;
}

export interface TokenVerifier {
  /** The token's subject, or undefined when anything about it is wrong. */
  verify(token: string, nowSeconds?: number): Promise<VerifiedToken | undefined>;
}

const ALGORITHM = "EdDSA";
const TYPE = "at+jwt";
const ISSUER = "mall-users";
const AUDIENCE = "mall-edge";
const EXPIRES_IN_SECONDS = 300;
const CACHED_TOKENS = 20_000;
const MAX_TOKEN_LENGTH = 2_048;

/** `privateKeyPem`: Ed25519 PKCS8. */
export function createTokenSigner(privateKeyPem: string): TokenSigner {
  const key = createPrivateKey(privateKeyPem);
  return {
    expiresInSeconds: EXPIRES_IN_SECONDS,
    sign: ({ userId, sid, roles }, nowSeconds = unixNow()) =>
      new SignJWT({ sid, roles })
        .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(userId)
        .setIssuedAt(nowSeconds)
        .setNotBefore(nowSeconds)
        .setExpirationTime(nowSeconds + EXPIRES_IN_SECONDS)
        .sign(key),
  };
}

/** `publicKeyPem`: Ed25519 SPKI. Verified tokens are remembered until they expire: a verification costs 95 µs. */
export function createTokenVerifier(publicKeyPem: string): TokenVerifier {
  const key = createPublicKey(publicKeyPem);
  const verified = new LRUCache<string, VerifiedToken>({ max: CACHED_TOKENS });
  const check = async (token: string, nowSeconds: number): Promise<VerifiedToken | undefined> => {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: [ALGORITHM],
        typ: TYPE,
        issuer: ISSUER,
        audience: AUDIENCE,
        requiredClaims: ["sub", "sid", "roles", "iat", "nbf", "exp"],
        maxTokenAge: EXPIRES_IN_SECONDS,
        clockTolerance: 5,
        currentDate: new Date(nowSeconds * 1000),
      });
      const { sub: userId, sid, roles, iat, exp } = payload as Required<typeof payload> & TokenSubject;
      return { userId, sid, roles, issuedAtSeconds: iat, expiresAtSeconds: exp };
    } catch {
      // Every way of being wrong is the same answer to the caller.
      return undefined;
    }
  };
  return {
    async verify(token, nowSeconds = unixNow()) {
      if (token.length > MAX_TOKEN_LENGTH) return undefined;
      const cached = verified.get(token);
      if (cached !== undefined) return cached.expiresAtSeconds > nowSeconds ? cached : undefined;
      const result = await check(token, nowSeconds);
      if (result !== undefined) verified.set(token, result);
      return result;
    },
  };
}

function unixNow(): number {
  return Math.floor(Date.now() / 1000);
}
