import { z } from "zod";
import { base64Text, integer, json, processConfig, readConfig, redisConfig, url } from "#platform/config/config.ts";

const identityKeys = json("IDENTITY_KEYS", z.record(z.string(), z.base64()));
const serviceUrls = json("SERVICE_URLS", z.record(z.string(), z.array(url("SERVICE_URLS").schema).min(1)));

export const config = readConfig({
  process: processConfig,
  redis: redisConfig,
  /** Service to the key under which it believes the edge, base64 of 32 bytes. */
  identityKeys,
  /** Service to the base URLs of its instances. */
  serviceUrls,
  accessTokenPublicKey: base64Text("ACCESS_TOKEN_PUBLIC_KEY"),
  maxBodyBytes: integer("EDGE_MAX_BODY_BYTES", { default: 65_536, min: 1 }),
});
