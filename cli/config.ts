import { delimiter, join, resolve } from "node:path";

export interface CliConfig {
  root: string;
  /** State, data and logs of this stack. */
  home: string;
  /** Downloaded software; may be shared by several stacks. */
  software: string;
  portOffset: number;
  kafkaJvmOptions: string[];
  mysqlBufferPool: string;
  searchPath: string[];
  /** The caller's environment: configuration variables in it reach the services. */
  environment: Record<string, string>;
}

type Environment = Record<string, string | undefined>;

const root = resolve(import.meta.dirname, "..");

// C1 only: a small stack is started far more often than it is benchmarked, and the second compiler costs both start time and CPU.
const defaultKafkaJvmOptions = "-Xms256m -Xmx512m -XX:TieredStopAtLevel=1";

/** What the caller's environment says, with defaults. Throws a readable error for a value that makes no sense. */
export function readConfig(environment: Environment = process.env): CliConfig {
  const home = resolve(environment["MALL_HOME"] || join(root, ".mall"));
  return {
    root,
    home,
    software: resolve(environment["MALL_SOFTWARE"] || join(home, "software")),
    portOffset: parsePortOffset(environment["MALL_PORT_OFFSET"] ?? "0"),
    kafkaJvmOptions: (environment["MALL_KAFKA_JVM_OPTIONS"] ?? defaultKafkaJvmOptions).split(/\s+/).filter(Boolean),
    mysqlBufferPool: environment["MALL_MYSQL_BUFFER_POOL"] ?? "512M",
    searchPath: (environment["PATH"] ?? "").split(delimiter).filter(Boolean),
    environment: definedOnly(environment),
  };
}

/** The stack of `./mall test`: its own home and ports, so that it never touches a running stack, on the software that is already there. */
export function readTestConfig(isComplete: (software: string) => boolean): CliConfig {
  const own = readConfig();
  const home = resolve(process.env["MALL_TEST_HOME"] || join(root, ".mall-test"));
  const shared = process.env["MALL_SOFTWARE"] !== undefined || isComplete(own.software);
  const portOffset = parsePortOffset(process.env["MALL_TEST_PORT_OFFSET"] ?? "-10000");
  return { ...own, home, software: shared ? own.software : join(home, "software"), portOffset };
}

/** The environment from which another process reads the same configuration. */
export function environmentOf(config: CliConfig): Record<string, string> {
  return {
    ...config.environment,
    MALL_HOME: config.home,
    MALL_SOFTWARE: config.software,
    MALL_PORT_OFFSET: String(config.portOffset),
  };
}

export function parsePortOffset(text: string): number {
  const offset = Number(text.trim() || "0");
  if (!Number.isInteger(offset) || offset < -28_000 || offset > 30_000) {
    throw new Error(`MALL_PORT_OFFSET must be a whole number from -28000 to 30000, not "${text}"`);
  }
  return offset;
}

function definedOnly(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
