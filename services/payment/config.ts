import { z } from "zod";
import {
  databaseConfig,
  flag,
  integer,
  json,
  kafkaConfig,
  readConfig,
  redisConfig,
  serviceConfig,
  outboxConfig,
} from "#platform/config/config.ts";

const secret = z.base64().transform((text) => Buffer.from(text, "base64"));

export const config = readConfig({
  service: serviceConfig,
  database: databaseConfig,
  kafka: kafkaConfig,
  redis: redisConfig,
  outbox: outboxConfig,
  /** By channel and key id; two ids may be valid at once, for rotation. */
  callbackKeys: json("CALLBACK_KEYS", z.record(z.string(), z.record(z.string(), secret))),
  /** The channel that takes no money is otherwise closed in production. */
  isFakeAllowed: flag("PAYMENT_FAKE_ALLOWED", { default: false }),
  /** Tries after which a refund is given up; they are 1 s to 10 min apart. */
  refundMaxTries: integer("PAYMENT_REFUND_MAX_TRIES", { default: 30, min: 1 }),
});
