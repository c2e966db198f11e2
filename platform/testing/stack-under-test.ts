/**
 * Where the infrastructure of this test run is. The run that started it writes the file named by MALL_TEST_STACK; what
 * kind of backend stands behind the endpoints is of no concern to a test.
 */
import { readFileSync } from "node:fs";
import type { KafkaConfig } from "../kafka/client.ts";
import { readConfig, text } from "../config/config.ts";

export interface StackUnderTest {
  readonly kafka: Pick<KafkaConfig, "brokers">;
  /** Base of the Confluent API. */
  readonly schemaRegistry: string;
  readonly mysql: { readonly host: string; readonly port: number; readonly user: string; readonly password: string };
  readonly redis: { readonly host: string; readonly port: number; readonly password: string };
}

/** Reads the endpoints; throws when the run has no infrastructure. */
export function stackUnderTest(): StackUnderTest {
  const { file } = readConfig({ file: text("MALL_TEST_STACK") });
  return JSON.parse(readFileSync(file, "utf8")) as StackUnderTest;
}
