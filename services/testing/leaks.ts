/** Looks for texts in everything the shop leaves behind: logs, records of every topic, rows of every table. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createKafka } from "#platform/kafka/client.ts";
import { createLogger } from "#platform/logging/logger.ts";
import { readTopic } from "#platform/testing/topic-reader.ts";
import { allTopics } from "#topics/all-topics.ts";
import { Books } from "./conservation.ts";
import { flowStack } from "./flow-stack.ts";

/** Where any of the texts stands in clear, one line per place; no line names the text. */
export async function leaksOf(texts: readonly string[]): Promise<string[]> {
  const topics = await leakingTopics(texts);
  const columns = await leakingColumns(texts);
  return [...leakingLogs(texts), ...topics, ...columns];
}

function leakingLogs(texts: readonly string[]): string[] {
  const folder = join(flowStack().home, "logs");
  return readdirSync(folder)
    .filter((name) => isIn(readFileSync(join(folder, name)), texts))
    .map((name) => `log ${name}`);
}

async function leakingTopics(texts: readonly string[]): Promise<string[]> {
  const log = createLogger({ service: "test", instance: "test", level: "silent" });
  const kafka = createKafka({ brokers: flowStack().kafka.brokers, clientId: "leaks" }, log);
  const found: string[] = [];
  for (const topic of allTopics) {
    const records = await readTopic(kafka, topic);
    const leaking = records.filter(({ key, headers, value }) =>
      isIn(Buffer.concat([Buffer.from(`${key} ${JSON.stringify(headers)} `), value ?? Buffer.alloc(0)]), texts),
    );
    if (leaking.length > 0) found.push(`topic ${topic.name}`);
  }
  return found;
}

async function leakingColumns(texts: readonly string[]): Promise<string[]> {
  const books = new Books();
  const pattern = texts.map((text) => text.replaceAll(/[^\w ]/g, String.raw`\$&`)).join("|");
  const found: string[] = [];
  try {
    const columns = (await books.run(
      `SELECT table_schema AS db, table_name AS tab, column_name AS col FROM information_schema.columns
       WHERE table_schema LIKE 'mall\\_%' AND data_type REGEXP 'char|text|blob|binary|json' ORDER BY 1, 2, 3`,
    )) as { db: string; tab: string; col: string }[];
    if (columns.length < 50) throw new Error(`only ${columns.length} columns to look at`);
    for (const { db, tab, col } of columns) {
      const sql = "SELECT 1 FROM ??.?? WHERE CAST(?? AS BINARY) REGEXP ? LIMIT 1";
      const rows = await books.run(sql, [db, tab, col, pattern]);
      if (rows.length > 0) found.push(`table ${db}.${tab}.${col}`);
    }
  } finally {
    await books.close();
  }
  return found;
}

function isIn(bytes: Buffer, texts: readonly string[]): boolean {
  return texts.some((text) => bytes.includes(text));
}
