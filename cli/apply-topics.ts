import { ensureTopics } from "#platform/kafka/admin.ts";
import { allTopics } from "#topics/all-topics.ts";

/** Creates the topics that are missing and brings the settings of the others up to date; never changes a partition count. */
export async function applyTopics(options: { brokers: string[]; replicationFactor: number }): Promise<void> {
  await ensureTopics({ ...options, topics: allTopics });
}
