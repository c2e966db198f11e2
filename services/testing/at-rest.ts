/** Waits until nothing is under way, then checks the books and every topic. Each flow test file ends with it. */
import { createKafka } from "#platform/kafka/client.ts";
import { describeLogs } from "#platform/kafka/admin.ts";
import { createLogger } from "#platform/logging/logger.ts";
import { eventually } from "#platform/testing/eventually.ts";
import { sequenceFaults } from "#platform/testing/sequence-faults.ts";
import { readTopic } from "#platform/testing/topic-reader.ts";
import { allTopics } from "#topics/all-topics.ts";
import { Books } from "./conservation.ts";
import { flowStack } from "./flow-stack.ts";

const log = createLogger({ service: "test", instance: "test", level: "silent" });

/** Everything that is wrong once all events have been taken in; empty when all is well. */
export async function findingsAtRest(): Promise<string[]> {
  const books = new Books();
  try {
    await quiet(books);
    const faults = await topicFaults();
    return [...(await books.findings()), ...faults];
  } finally {
    await books.close();
  }
}

async function quiet(books: Books): Promise<void> {
  const kafka = createKafka({ brokers: flowStack().kafka.brokers, clientId: "at-rest" }, log);
  await eventually(
    async () => {
      const unsent = await books.unsentCount();
      if (unsent > 0) throw new Error(`${unsent} events wait in outboxes`);
      const offsets = await books.offsets();
      const { ends } = await describeLogs(kafka, [...new Set(offsets.map(({ topic }) => topic))]);
      const lagging = offsets.find(
        ({ topic, part, next_offset }) => BigInt(next_offset) < BigInt(ends.get(topic)?.[part] ?? 0),
      );
      if (lagging) throw new Error(`${lagging.grp} is at ${lagging.next_offset} of ${lagging.topic} ${lagging.part}`);
      // What was taken in since the first look may have left events of its own.
      const left = await books.unsentCount();
      if (left > 0) throw new Error(`${left} events wait in outboxes again`);
      return true;
    },
    { withinMs: 60_000, what: "rest" },
  );
}

async function topicFaults(): Promise<string[]> {
  const kafka = createKafka({ brokers: flowStack().kafka.brokers, clientId: "topic-faults" }, log);
  const faults: string[] = [];
  for (const topic of allTopics.filter(
    ({ events, cleanupPolicy }) => events.length > 0 && cleanupPolicy === "delete",
  )) {
    const records = await readTopic(kafka, topic);
    faults.push(...sequenceFaults(records).map((fault) => `${topic.name} ${fault}`));
  }
  return faults;
}
