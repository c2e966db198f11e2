import { z } from "zod";
import {
  base64Text,
  integer,
  json,
  list,
  processConfig,
  readConfig,
  redisConfig,
  secretBytes,
  url,
  type Variable,
} from "#platform/config/config.ts";
import { createAddressSet } from "#platform/security/address-set.ts";

const identityKeys = json("IDENTITY_KEYS", z.record(z.string(), z.base64()));
const serviceUrls = json("SERVICE_URLS", z.record(z.string(), z.array(url("SERVICE_URLS").schema).min(1)));
const partnerKey = z
  .strictObject({
    /** Base64 of 32 bytes at least. */
    secret: z.base64().min(44),
    userId: z
      .string()
      .regex(/^[1-9]\d{0,18}$/)
      .optional(),
    roles: z.array(z.enum(["shopper", "merchant", "ops"])).min(1),
  })
  .refine(({ userId, roles }) => userId !== undefined || !roles.includes("shopper"), "a shopper's key needs a userId");

const opsKey: Variable<Buffer | undefined> = {
  name: "OPS_KEY",
  schema: secretBytes("OPS_KEY").schema.optional(),
};

/** A comma list, none by default, of which every item must be as `expected` says. */
function listOf(name: string, expected: string, isRight: (item: string) => boolean): Variable<readonly string[]> {
  const { schema } = list(name, { default: [] });
  return { name, schema: schema.refine((items) => items.every(isRight), `must be ${expected}`) };
}

export const config = readConfig({
  process: processConfig,
  redis: redisConfig,
  opsKey,
  /** Service to the key under which it believes the edge, base64 of 32 bytes. */
  identityKeys,
  /** Service to the base URLs of its instances. */
  serviceUrls,
  accessTokenPublicKey: base64Text("ACCESS_TOKEN_PUBLIC_KEY"),
  /** Key id to the partner that signs with it. */
  partnerKeys: json("EDGE_PARTNER_KEYS", z.record(z.string().regex(/^[\w-]{1,64}$/), partnerKey), { default: {} }),
  /** 0 = none. */
  limits: {
    addressRequestsPerS: integer("EDGE_ADDRESS_REQUESTS_PER_S", { default: 300, min: 0 }),
    userRequestsPerS: integer("EDGE_USER_REQUESTS_PER_S", { default: 50, min: 0 }),
    addressLoginsPerMin: integer("EDGE_ADDRESS_LOGINS_PER_MIN", { default: 60, min: 0 }),
  },
  maxBodyBytes: integer("EDGE_MAX_BODY_BYTES", { default: 65_536, min: 1 }),
  trustedProxies: listOf(
    "EDGE_TRUSTED_PROXIES",
    "a comma list of addresses or blocks",
    (item) => createAddressSet([item]).invalid.length === 0,
  ),
  corsOrigins: listOf(
    "EDGE_CORS_ORIGINS",
    "a comma list of origins such as https://shop.example",
    (item) => URL.canParse(item) && new URL(item).origin === item,
  ),
});
