import { z } from "zod";
import {
  base64Text,
  databaseConfig,
  integer,
  json,
  kafkaConfig,
  keyRing,
  readConfig,
  redisConfig,
  secretBytes,
  serviceConfig,
  type Variable,
  outboxConfig,
} from "#platform/config/config.ts";

const personalDataConfig = {
  masterKeys: keyRing("PII_MASTER_KEYS"),
  transportKeys: keyRing("ADDRESS_TRANSPORT_KEYS"),
  /** Also makes the keyed hashes in refresh tokens: both last as long as the rows they belong to. */
  blindIndexKey: secretBytes("BLIND_INDEX_KEY"),
  /** Known beside it while one replaces the other. */
  otherBlindIndexKey: optional(secretBytes("BLIND_INDEX_OTHER_KEY")),
};

function optional<T>({ name, schema }: Variable<T>): Variable<T | undefined> {
  return { name, schema: z.union([z.undefined(), schema]) };
}

export const config = readConfig({
  service: serviceConfig,
  database: databaseConfig,
  kafka: kafkaConfig,
  redis: redisConfig,
  outbox: outboxConfig,
  personalData: personalDataConfig,
  /** Wrong passwords for one name from one address; 0 = no limit. */
  loginFailuresPerMinute: integer("USERS_ACCOUNT_LOGINS_PER_MIN", { default: 10, min: 0 }),
  accessTokenPrivateKey: base64Text("ACCESS_TOKEN_PRIVATE_KEY"),
});

const accountShape = z.strictObject({
  role: z.enum(["shopper", "merchant", "ops"]),
  username: z.string(),
  password: z.string(),
});

/** Read by the seed only. */
export function demoAccounts() {
  return readConfig({ accounts: json("DEMO_ACCOUNTS", z.array(accountShape)) }).accounts;
}
