import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readConfig } from "../cli/config.ts";
import { loadSecrets, type Secrets } from "../cli/secrets.ts";
import { serviceNames } from "../cli/service-manifest.ts";

/** The variables that docker-compose.yml asks for, out of the same secrets that the native stack uses. */
export function composeVariables({ accounts, passwords, keys }: Secrets): Record<string, string> {
  const perService = (prefix: string, values: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(
      Object.entries(values).map(([service, value]) => [
        `${prefix}_${service.toUpperCase()}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    );
  return {
    MYSQL_ROOT_PASSWORD: passwords.mysqlAdministrator,
    REDIS_PASSWORD: passwords.redis,
    DATABASE_PASSWORDS: JSON.stringify(passwords.services),
    ...perService("DATABASE_PASSWORD", passwords.services),
    ...perService("IDENTITY_KEY", keys.identity),
    IDENTITY_KEYS: JSON.stringify(keys.identity),
    ...perService("OPS_KEY", keys.ops),
    ACCESS_TOKEN_PRIVATE_KEY: keys.accessToken.privateKey,
    ACCESS_TOKEN_PUBLIC_KEY: keys.accessToken.publicKey,
    ADDRESS_TRANSPORT_KEYS: JSON.stringify(keys.addressTransport),
    ...perService("PII_MASTER_KEYS", keys.piiMaster),
    BLIND_INDEX_KEY: keys.blindIndex,
    CALLBACK_KEYS: JSON.stringify(keys.callbacks),
    DEMO_ACCOUNTS: JSON.stringify(accounts),
    MALL_DEMO: "1",
  };
}

if (import.meta.main) {
  const { home } = readConfig();
  const file = join(home, "compose.env");
  const lines = Object.entries(composeVariables(loadSecrets(home, serviceNames)));
  // Single quotes keep compose from looking for variables inside the values; none of them holds a quote.
  writeFileSync(file, lines.map(([name, value]) => `${name}='${value}'\n`).join(""), { mode: 0o600 });
  console.log(`wrote ${file}`);
}
