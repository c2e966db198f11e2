/** The users service on a schema of its own, called as the edge calls it: with a signed identity. */
import { generateKeyPairSync, randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { Redis } from "ioredis";
import { createApp } from "#platform/http/app.ts";
import { startServer } from "#platform/http/server.ts";
import { createIds } from "#platform/ids/ids.ts";
import { createLogger } from "#platform/logging/logger.ts";
import { createSecurityLog } from "#platform/logging/security-log.ts";
import { createMetrics } from "#platform/metrics/metrics.ts";
import { createTokenSigner, createTokenVerifier } from "#platform/security/access-token.ts";
import type { KeyRing } from "#platform/security/field-cipher.ts";
import { signIdentity } from "#platform/security/identity.ts";
import { createBlindIndex } from "#platform/security/blind-index.ts";
import { createPasswords, type Passwords } from "#platform/security/passwords.ts";
import { createTokenBuckets, type Limit, type TokenBuckets } from "#platform/security/token-buckets.ts";
import { createReactionHarness } from "#platform/testing/reaction-harness.ts";
import { stackUnderTest } from "#platform/testing/stack-under-test.ts";
import { openTestDatabase } from "#platform/testing/test-database.ts";
import { usersAddressV1 } from "#topics/users.address.v1.ts";
import { usersUserV1 } from "#topics/users.user.v1.ts";
import { createAccessListCopy } from "../access-lists/access-list-copy.ts";
import { readLists } from "../access-lists/access-list-store.ts";
import { createLoginLimits } from "../accounts/login-limits.ts";
import { createAddressEvents } from "../addresses/address-events.ts";
import { createPersonalData } from "../personal-data.ts";
import { usersRoutes } from "../routes.ts";
import { createRefreshTokens } from "../sessions/refresh-token.ts";
import { createRevocations } from "../sessions/session-revocations.ts";
import { findRecentlyEnded } from "../sessions/session-store.ts";

export interface Answered<T> {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}

export interface OpenOptions {
  /** No limit when absent. */
  readonly failuresPerMinute?: number;
  readonly passwords?: Passwords;
}

export interface Call {
  readonly as?: { userId: string; roles?: readonly string[] };
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type UsersUnderTest = Awaited<ReturnType<typeof openUsers>>;

export async function openUsers({ failuresPerMinute = 0, passwords = createPasswords() }: OpenOptions = {}) {
  const database = await openTestDatabase({ service: "users", directory: join(import.meta.dirname, "../migrations") });
  const { db } = database;
  const topics = [usersAddressV1, usersUserV1];
  const harness = await createReactionHarness({ db, sets: [], topics, source: "/mall/users" });
  // A prefix of its own stands for a Redis of its own.
  const redis = new Redis({ ...stackUnderTest().redis, keyPrefix: `${randomUUID()}:` });
  const lines: string[] = [];
  const stream = { write: (line: string) => void lines.push(line) };
  const log = createLogger({ service: "users", instance: "users-test", level: "trace", stream });
  const accessListCopy = createAccessListCopy({ redis, read: () => readLists(db), log });
  const revocations = createRevocations({ redis, recentlyEnded: () => findRecentlyEnded(db), log });
  const keys = newKeys();
  const deps = {
    db,
    outbox: harness.outbox,
    poke: () => undefined,
    revocations,
    accessListCopy,
    securityLog: createSecurityLog(log),
    passwords,
    loginLimits: createLoginLimits({
      buckets: slowBuckets(redis),
      failuresPerMinute,
      index: createBlindIndex(keys.blindIndexKey),
    }),
    personalData: createPersonalData(keys),
    addressEvents: createAddressEvents(keys.transportKeys),
    refreshTokens: createRefreshTokens(keys.blindIndexKey),
    signer: createTokenSigner(keys.tokens.privateKey),
    newId: createIds(),
  };
  const app = createApp({
    service: "users",
    routes: usersRoutes(deps),
    log,
    metrics: createMetrics("users"),
    identityKey: keys.identityKey,
    ready: async () => ({ ok: true, checks: {} }),
  });
  const server = await startServer(app, { port: 0, log });
  return {
    ...harness,
    call: callTo(`http://127.0.0.1:${server.port}`, keys.identityKey),
    db,
    deps,
    redis,
    /** What was logged so far, at every level. */
    lines,
    keys,
    log,
    verifier: createTokenVerifier(keys.tokens.publicKey),
    async close() {
      await server.stop(1_000);
      revocations.stop();
      accessListCopy.stop();
      redis.disconnect();
      await database.close();
    },
  };
}

/** They fill up a hundred times slower, so that a slow machine sees none of it during a test. */
function slowBuckets(redis: Redis): Pick<TokenBuckets, "takeShared" | "giveBack"> {
  const buckets = createTokenBuckets({ redis });
  const slow = (limit: Limit): Limit => ({ ...limit, windowMs: limit.windowMs * 100 });
  return {
    takeShared: async (limit, key) => {
      const taken = await buckets.takeShared(slow(limit), key);
      return { ...taken, resetMs: taken.resetMs / 100, retryAfterMs: taken.retryAfterMs / 100 };
    },
    giveBack: (limit, key) => buckets.giveBack(slow(limit), key),
  };
}

/** A key ring with one new key. */
export function aKeyRing(id: string): KeyRing {
  return { current: id, keys: new Map([[id, randomBytes(32)]]) };
}

function newKeys() {
  const tokens = generateKeyPairSync("ed25519", {
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const [identityKey, blindIndexKey] = [randomBytes(32), randomBytes(32)];
  return { identityKey, blindIndexKey, tokens, transportKeys: aKeyRing("t1"), masterKeys: aKeyRing("m1") };
}

function callTo(origin: string, identityKey: Buffer) {
  return async <T = Record<string, unknown>>(method: string, path: string, { as, body, headers }: Call = {}) => {
    const { userId: sub = null, roles = as === undefined ? [] : ["shopper"] } = as ?? {};
    const iat = Math.floor(Date.now() / 1000);
    const identity = signIdentity({ sub, roles, aud: "users", iat, requestId: randomUUID() }, identityKey);
    const response = await fetch(`${origin}${path}`, {
      method,
      headers: {
        "Mall-Identity": identity,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed = (text === "" ? undefined : JSON.parse(text)) as T;
    return { status: response.status, body: parsed, headers: response.headers } satisfies Answered<T>;
  };
}
