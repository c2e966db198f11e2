/**
 * Administration of topics and groups: at deployment (create topics) and when a consumer starts (log ends, evicting a dead
 * predecessor). Never on the path of an event.
 */
import kafkajs, { type Admin, type Kafka } from "kafkajs";
import { AppError } from "../errors/app-error.ts";
import { createLogger } from "../logging/logger.ts";
import { createKafka } from "./client.ts";
import type { Topic } from "./topic.ts";

/** Runs `work` with a connected admin client and always disconnects it. */
export async function withAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/**
 * Creates what is missing and sets retention and size limits on what exists. A different partition count is refused,
 * because the order of every key depends on it.
 */
export async function ensureTopics(options: {
  brokers: readonly string[];
  topics: readonly Topic[];
  replicationFactor: number;
}): Promise<void> {
  const { brokers, topics, replicationFactor } = options;
  const log = createLogger({ service: "topics", instance: "topics", level: "warn" });
  await withAdmin(createKafka({ brokers, clientId: "mall-topics" }, log), async (admin) => {
    const existing = new Set(await admin.listTopics());
    const missing = topics.filter((topic) => !existing.has(topic.name));
    const present = topics.filter((topic) => existing.has(topic.name));
    if (missing.length > 0) {
      await admin.createTopics({
        waitForLeaders: true,
        timeout: 15_000,
        topics: missing.map((topic) => ({
          topic: topic.name,
          numPartitions: topic.partitions,
          replicationFactor,
          configEntries: settings(topic, replicationFactor),
        })),
      });
    }
    if (present.length > 0) {
      await refuseOtherPartitionCounts(admin, present);
      await admin.alterConfigs({
        validateOnly: false,
        resources: present.map((topic) => ({
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: topic.name,
          configEntries: settings(topic, replicationFactor),
        })),
      });
    }
  });
}

function settings(topic: Topic, replicationFactor: number): { name: string; value: string }[] {
  const entries: [string, number | string | undefined][] = [
    ["cleanup.policy", topic.cleanupPolicy],
    ["retention.ms", topic.retentionMs],
    ["max.message.bytes", topic.maxMessageBytes],
    ["min.compaction.lag.ms", topic.minCompactionLagMs],
    ["delete.retention.ms", topic.deleteRetentionMs],
    ["min.insync.replicas", replicationFactor >= 3 ? 2 : 1],
    ["unclean.leader.election.enable", "false"],
  ];
  return entries.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value: String(value) }]));
}

async function refuseOtherPartitionCounts(admin: Admin, topics: readonly Topic[]): Promise<void> {
  const metadata = await admin.fetchTopicMetadata({ topics: topics.map((topic) => topic.name) });
  const counts = new Map(metadata.topics.map((topic) => [topic.name, topic.partitions.length]));
  for (const topic of topics) {
    const count = counts.get(topic.name);
    if (count === topic.partitions) continue;
    throw new AppError({
      code: "PARTITION_COUNT_CHANGED",
      message: `${topic.name} has ${count} partitions, the manifest says ${topic.partitions}; make a new topic version`,
      retry: "never",
    });
  }
}

/** Cluster id and log ends: `ends.get(topic)?.[partition]` is the next offset to be written, as a decimal string. */
export async function describeLogs(
  kafka: Kafka,
  topics: readonly string[],
): Promise<{ clusterId: string; ends: Map<string, string[]> }> {
  return withAdmin(kafka, async (admin) => {
    const { clusterId } = await admin.describeCluster();
    const ends = new Map<string, string[]>();
    for (const topic of topics) {
      const byPartition: string[] = [];
      for (const { partition, high } of await admin.fetchTopicOffsets(topic)) byPartition[partition] = high;
      ends.set(topic, byPartition);
    }
    return { clusterId, ends };
  });
}

interface PrivateCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  findGroupCoordinator(request: { groupId: string }): Promise<{
    leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>;
  }>;
}

/**
 * Removes members of the group that bear our own client id: the predecessor of this instance slot, killed before it could
 * leave. Without it the group waits a whole session time-out before its partitions are consumed again (24-28 s measured
 * with 30 s sessions; about 2 s with this). Evicting a member that is merely frozen is safe: the offset fence in the
 * database stops its late commit. Returns how many were removed.
 */
export async function evictPredecessors(kafka: Kafka, groupId: string, clientId: string): Promise<number> {
  const { groups } = await withAdmin(kafka, (admin) => admin.describeGroups([groupId]));
  const dead = (groups[0]?.members ?? []).filter((member) => member.clientId === clientId);
  if (dead.length === 0) return 0;
  const cluster = privateCluster(kafka);
  await cluster.connect();
  try {
    const coordinator = await cluster.findGroupCoordinator({ groupId });
    for (const { memberId } of dead) await coordinator.leaveGroup({ groupId, memberId });
  } finally {
    await cluster.disconnect();
  }
  return dead.length;
}

// LeaveGroup for another member has no public call in kafkajs; its own factory is reachable by the symbol's description.
function privateCluster(kafka: Kafka): PrivateCluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find((key) => key.description === "private:Kafka:createCluster");
  if (!symbol) throw new AppError({ code: "KAFKAJS_CHANGED", message: "kafkajs has no createCluster", retry: "never" });
  const create = (kafka as unknown as Record<symbol, (options: object) => PrivateCluster>)[symbol];
  return (create as (options: object) => PrivateCluster)({ metadataMaxAge: 30_000, allowAutoTopicCreation: false });
}
