/** The demo catalogue. What is there already stays as it is; the service's relay sends what is left in the outbox. */
import { createCodec } from "#platform/avro/codec.ts";
import { readRegisteredSchemas } from "#platform/avro/registered-schemas.ts";
import { connectDatabase } from "#platform/database/database.ts";
import { traceparentFrom } from "#platform/http/trace-context.ts";
import { eventIdV7 } from "#platform/ids/ids.ts";
import { createOutbox } from "#platform/outbox/outbox.ts";
import { config } from "./config.ts";
import { demoCatalogue } from "./products/demo-catalogue.ts";
import { seedCatalogue } from "./seed-catalogue.ts";

const db = connectDatabase({ ...config.database, poolSize: 1 });
const codec = createCodec({ registered: readRegisteredSchemas(config.kafka.schemaIdsFile) });
const id = eventIdV7();
try {
  const cause = { correlationId: id, causationId: id, traceparent: traceparentFrom(undefined) };
  await seedCatalogue({ db, outbox: createOutbox({ codec, source: "/mall/catalog" }) }, demoCatalogue(), cause);
} finally {
  await db.destroy();
}
