import { join } from "node:path";
import type { StackEndpoints } from "#platform/stack/stack.ts";
import type { CliConfig } from "./config.ts";
import type { Secrets } from "./secrets.ts";
import { type EnvironmentGroup, schemaOf, type ServiceEntry } from "./service-manifest.ts";

export interface ServicePlace {
  service: ServiceEntry;
  /** From 1. */
  replica: number;
  port: number;
}

export interface EnvironmentSources {
  config: CliConfig;
  secrets: Secrets;
  endpoints: StackEndpoints;
  /** Base URLs by service, of all replicas: the edge's routing table. */
  serviceUrls: Record<string, string[]>;
}

type Variables = Record<string, string>;

/** What the supervisor hands to one service process: configuration of the caller, addresses of the stack, and only the secrets this service needs. */
export function serviceEnvironment(place: ServicePlace, sources: EnvironmentSources): Variables {
  const { service } = place;
  const { endpoints, secrets, config } = sources;
  const groups = service.needs.map((group) => groupVariables[group](service.name, sources));
  return Object.assign(withoutHandedOver(config.environment), {
    PORT: String(place.port),
    INSTANCE_ID: `${service.name}-${place.replica}`,
    KAFKA_BROKERS: endpoints.kafka.brokers.join(","),
    SCHEMA_REGISTRY_URL: endpoints.schemaRegistry,
    SCHEMA_IDS_FILE: schemaIdsFile(config.home),
    REDIS_HOST: endpoints.redis.host,
    REDIS_PORT: String(endpoints.redis.port),
    REDIS_PASSWORD: endpoints.redis.password,
    IDENTITY_KEY: secrets.keys.identity[service.name],
    OPS_KEY: secrets.keys.ops[service.name],
    NODE_COMPILE_CACHE: join(config.software, "node-compile-cache"),
    // The secrets of $MALL_HOME are made up on the spot: with NODE_ENV=production no service starts on them.
    MALL_DEMO: "1",
    ...Object.assign({}, ...groups),
  });
}

// A variable of this kind in the caller's environment belongs to something else, or would hand one service the key of another.
const handedOver =
  /^(PORT|INSTANCE_ID|DATABASE_.+|KAFKA_BROKERS|SCHEMA_.+|REDIS_.+|SERVICE_URLS|DEMO_ACCOUNTS|ACCESS_TOKEN_.+_KEY|(IDENTITY|OPS|BLIND_INDEX)_KEYS?|(ADDRESS_TRANSPORT|PII_MASTER|CALLBACK)_KEYS)$/;

function withoutHandedOver(environment: Variables): Variables {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !handedOver.test(name)));
}

export function schemaIdsFile(home: string): string {
  return join(home, "run", "schema-ids.json");
}

const groupVariables: Record<EnvironmentGroup, (name: string, sources: EnvironmentSources) => Variables> = {
  database: (name, { endpoints, secrets }) => ({
    DATABASE_HOST: endpoints.mysql.host,
    DATABASE_PORT: String(endpoints.mysql.port),
    DATABASE_NAME: schemaOf(name),
    DATABASE_USER: schemaOf(name),
    DATABASE_PASSWORD: secrets.passwords.services[name] ?? "",
  }),
  edge: (_name, { secrets, serviceUrls }) => ({
    IDENTITY_KEYS: JSON.stringify(secrets.keys.identity),
    SERVICE_URLS: JSON.stringify(serviceUrls),
    ACCESS_TOKEN_PUBLIC_KEY: secrets.keys.accessToken.publicKey,
  }),
  accessTokenSigning: (_name, { secrets }) => ({ ACCESS_TOKEN_PRIVATE_KEY: secrets.keys.accessToken.privateKey }),
  addressTransport: (_name, { secrets }) => ({
    ADDRESS_TRANSPORT_KEYS: JSON.stringify(secrets.keys.addressTransport),
  }),
  personalData: (name, { secrets }) => ({ PII_MASTER_KEYS: JSON.stringify(secrets.keys.piiMaster[name]) }),
  blindIndex: (_name, { secrets }) => ({ BLIND_INDEX_KEY: secrets.keys.blindIndex }),
  callbacks: (_name, { secrets }) => ({ CALLBACK_KEYS: JSON.stringify(secrets.keys.callbacks) }),
  demoAccounts: (_name, { secrets }) => ({ DEMO_ACCOUNTS: JSON.stringify(secrets.accounts) }),
};
