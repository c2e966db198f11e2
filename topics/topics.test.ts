import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Topic } from "#platform/kafka/topic.ts";
import { readSchemas } from "#schemas/read-schemas.ts";
import { allTopics } from "./all-topics.ts";

// The assignment itself is the test that every topic has the shape the platform expects.
const topics: readonly Topic[] = allTopics;
const eventTopics = topics.filter((topic) => !topic.name.includes(".dead-letter."));

describe("topics", () => {
  test("each file names one topic, and each topic has its file", () => {
    const files = readdirSync(import.meta.dirname).filter((file) => /\.v\d+\.ts$/.test(file));
    expect(topics.map((topic) => `${topic.name}.ts`).toSorted()).toEqual(files.toSorted());
  });

  test("aggregate types are unique and fit the outbox column", () => {
    const numbers = topics.map((topic) => topic.aggregateType);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.every((number) => number > 0 && number < 256)).toBe(true);
  });

  test("partitions are 12 for ever", () => {
    expect(topics.filter((topic) => topic.partitions !== 12)).toEqual([]);
  });

  test("the owner of a topic of events is the first part of its name and owns each of its events", () => {
    for (const topic of eventTopics) {
      expect(topic.name.split(".")[0]).toBe(topic.owner);
      expect(topic.events.map((event) => event.owner)).toEqual(topic.events.map(() => topic.owner));
    }
  });

  test("every event travels in exactly one topic", () => {
    const travelling = topics.flatMap((topic) => topic.events.map((event) => event.name));
    const written = readSchemas(new URL("../schemas", import.meta.url).pathname).map((file) => file.name);
    expect(travelling.toSorted()).toEqual(written.toSorted());
  });

  test("the key of a topic is a field of each of its events", () => {
    for (const topic of eventTopics) {
      for (const event of topic.events) {
        const fields = event.schema["fields"] as { name: string }[];
        expect(fields.map((field) => field.name)).toContain(topic.key);
      }
    }
  });

  test("compacted topics keep records for ever and leave readers a day to catch up", () => {
    for (const topic of topics.filter((candidate) => candidate.cleanupPolicy === "compact")) {
      expect(topic.retentionMs).toBe(-1);
      expect(topic.minCompactionLagMs).toBe(24 * 3_600_000);
      expect(topic.deleteRetentionMs).toBe(32 * 24 * 3_600_000);
    }
  });
});
