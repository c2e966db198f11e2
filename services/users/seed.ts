/** The demo accounts, and one address for the demo shopper. What is there already stays as it is. */
import { createCodec } from "#platform/avro/codec.ts";
import { readRegisteredSchemas } from "#platform/avro/registered-schemas.ts";
import { createRegistryClient } from "#platform/avro/registry-client.ts";
import { connectDatabase } from "#platform/database/database.ts";
import { createIds, eventIdV7 } from "#platform/ids/ids.ts";
import { traceparentFrom } from "#platform/http/trace-context.ts";
import { createOutbox } from "#platform/outbox/outbox.ts";
import { createPasswords } from "#platform/security/passwords.ts";
import { createAddressEvents } from "./addresses/address-events.ts";
import { config, demoAccounts } from "./config.ts";
import { createPersonalData } from "./personal-data.ts";
import { seedAccounts } from "./seed-accounts.ts";

const { kafka, personalData } = config;
const db = connectDatabase({ ...config.database, poolSize: 2 });
const codec = createCodec({
  registered: readRegisteredSchemas(kafka.schemaIdsFile),
  registry: createRegistryClient({ url: kafka.schemaRegistryUrl }),
});
const id = eventIdV7();
try {
  await seedAccounts(
    {
      db,
      outbox: createOutbox({ codec, source: "/mall/users" }),
      // The relay of the service, once it runs, takes what the seed leaves in the outbox.
      poke: () => undefined,
      passwords: createPasswords(),
      personalData: createPersonalData(personalData),
      addressEvents: createAddressEvents(personalData.transportKeys),
      newId: createIds(),
    },
    demoAccounts(),
    { correlationId: id, causationId: id, traceparent: traceparentFrom(undefined) },
  );
} finally {
  await db.destroy();
}
