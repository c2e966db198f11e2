/** The check before consuming: does the log still hold what the database says was taken in? */
import type { Knex } from "knex";
import { AppError } from "../errors/app-error.ts";
import { describeLogs } from "../kafka/admin.ts";
import type { KafkaClient } from "../kafka/client.ts";
import type { Topic } from "../kafka/topic.ts";
import { ensureOffsets, readOffsets } from "./offset-store.ts";

/**
 * Inserts the offset rows and refuses to consume a log that ends before what the database has taken in: a wiped or another
 * broker, where going on from its end would skip events silently.
 */
export async function prepareOffsets(options: {
  readonly db: Knex;
  readonly kafka: KafkaClient;
  readonly group: string;
  readonly topics: readonly Topic[];
}): Promise<void> {
  const { db, kafka, group, topics } = options;
  // Read before the log ends: the other way round, what is written and taken in between would look like a log behind.
  const known = await readOffsets(db, group);
  const { clusterId, ends } = await describeLogs(
    kafka,
    topics.map((topic) => topic.name),
  );
  const partitions = topics.flatMap((topic) =>
    Array.from({ length: topic.partitions }, (_, partition) => ({ topic: topic.name, partition })),
  );
  await ensureOffsets(db, group, { clusterId, partitions });
  for (const { topic, partition, nextOffset, clusterId: counted } of known) {
    const end = ends.get(topic)?.[partition];
    if (end === undefined || nextOffset === 0n) continue;
    if (nextOffset > BigInt(end) || counted !== clusterId) throw logBehind(topic, partition);
  }
}

/** AppError LOG_BEHIND_DATABASE. */
export function logBehind(topic: string, partition: number): AppError {
  return new AppError({
    code: "LOG_BEHIND_DATABASE",
    message: `the log of ${topic} ${partition} ends before what the database has taken in: another or a wiped log`,
    retry: "later",
  });
}
