import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { Partitioners } from "kafkajs";
import { describe, expect, it } from "vitest";
import { createLogger } from "../logging/logger.ts";
import { stackUnderTest } from "../testing/stack-under-test.ts";
import { createKafka } from "./client.ts";
import { partitionOf } from "./partition-of.ts";

const log = createLogger({ service: "test", instance: "test", level: "silent" });

describe("the Kafka client", () => {
  it("leaves an idle connection alone instead of waking 890 times a second", async () => {
    const kafka = createKafka({ brokers: stackUnderTest().kafka.brokers, clientId: "idle-test" }, log);
    const admin = kafka.admin();
    await admin.connect();
    await admin.listTopics();
    let wakes = 0;
    const original = globalThis.setTimeout;
    globalThis.setTimeout = ((...args: Parameters<typeof original>) => {
      wakes += 1;
      return original(...args);
    }) as typeof original;
    const started = performance.now();
    await delay(1_000); // an idle second is what is measured
    globalThis.setTimeout = original;
    await admin.disconnect();
    expect(wakes / ((performance.now() - started) / 1_000)).toBeLessThan(10);
  });

  it("computes the partition that every other client computes", () => {
    const partitionMetadata = Array.from({ length: 12 }, (_, partitionId) => ({
      partitionId,
      leader: 1,
      partitionErrorCode: 0,
      replicas: [1],
      isr: [1],
    }));
    const theirs = Partitioners.DefaultPartitioner();
    for (let i = 0; i < 2_000; i += 1) {
      const key = `${i * 7_919}${"x".repeat(i % 9)}`;
      expect(partitionOf(key, 12)).toBe(theirs({ topic: "t", partitionMetadata, message: { key, value: null } }));
    }
  });
});
