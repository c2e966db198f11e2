/**
 * The infrastructure a shop needs, whoever provides it: a Kafka broker, a schema registry, a MySQL-compatible server and Redis.
 *
 * Guarantees: after `start` every endpoint answers; data, schema ids and offsets survive `stop` and a later `start`; after `stop` nothing that
 * `start` began is left running. Does not guarantee: anything about how the servers are run (processes, containers), nor more than one node of each.
 */
export interface Stack {
  /** Brings the software that is missing. Slow the first time, quick ever after; says what it does through `report`. */
  prepare(report: Report): Promise<void>;
  /** Starts all servers and resolves when each answers. Throws `StackError` when one cannot run; what was started is then stopped again. */
  start(report: Report): Promise<StackEndpoints>;
  stop(): Promise<void>;
  /** What runs on this machine for this stack; empty where a backend has no processes of its own. */
  processes(): StackProcess[];
}

export type Report = (line: string) => void;

export interface StackEndpoints {
  kafka: { brokers: string[] };
  /** Base URL of the Confluent-compatible API. */
  schemaRegistry: string;
  /** The administrator account; services never get it. */
  mysql: { host: string; port: number; user: string; password: string };
  redis: { host: string; port: number; password: string };
}

export interface StackProcess {
  name: string;
  port: number;
  ready: boolean;
  restarts: number;
  /** Undefined while the process is down and waits for its next start. */
  pid: number | undefined;
  startTicks: number | undefined;
  /** How its last run ended, or why it could not be started; undefined while it has neither. */
  lastExit: string | undefined;
}

/** The machine cannot run the stack, for a reason a person can act on. The message names the reason and, where known, the remedy. */
export class StackError extends Error {
  override readonly name = "StackError";
}
