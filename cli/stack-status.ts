import { httpAnswers, kafkaAnswers, mysqlAnswers, redisAnswers } from "#platform/stack/native/probes.ts";
import { registryUrl } from "#platform/stack/native/registry-server.ts";
import { residentBytes } from "#platform/stack/processes/process-identity.ts";
import type { CliConfig } from "./config.ts";
import { mysqlReader } from "./open-stack.ts";
import { hasSecrets, loadSecrets } from "./secrets.ts";
import { serviceManifest, serviceNames } from "./service-manifest.ts";
import { servicePort, stackPorts } from "./stack-ports.ts";
import { isSupervisorAlive, livingChildren, readState, type SupervisorState } from "./supervisor-state.ts";

export interface StackStatus {
  home: string;
  /** False also when the supervisor was killed. */
  ready: boolean;
  edge: string;
  monitor: string | null;
  kafka: { brokers: string[] };
  schemaRegistry: string;
  mysql: { host: string; port: number; user: string; password: string };
  redis: { host: string; port: number };
  processes: ProcessReport[];
}

export interface ProcessReport {
  name: string;
  kind: "service" | "infrastructure";
  pid: number | null;
  port: number;
  ready: boolean;
  rssBytes: number;
}

/** What runs in this home right now: every process is asked, none is taken at its word of a minute ago. */
export async function readStatus(config: CliConfig): Promise<StackStatus> {
  const state = readState(config.home);
  const supervised = isSupervisorAlive(state);
  // Without a supervisor, what it started may still run; it is shown, but nobody would start it again.
  const living = new Set(state === undefined ? [] : livingChildren(state).map(({ pid }) => pid));
  const running = state !== undefined && (supervised || living.size > 0) ? state : undefined;
  const ports = stackPorts(config.portOffset);
  const portOf = (name: string, otherwise: number): number =>
    running?.processes.find((process) => process.name === name)?.port ?? otherwise;
  const passwords = hasSecrets(config.home) ? loadSecrets(config.home, serviceNames).passwords : undefined;
  const host = "127.0.0.1";
  const mysql = {
    host,
    port: portOf("mysql", ports.mysql),
    user: mysqlReader,
    password: passwords?.mysqlReader ?? "",
  };
  const ask = { mysql, redisPassword: "", living };
  const processes = await Promise.all((running?.processes ?? []).map((process) => report(process, ask)));
  return {
    home: config.home,
    ready: supervised && isComplete(processes),
    edge: `http://${host}:${portOf("edge", edgePort(config))}`,
    monitor: monitorUrl(processes),
    kafka: { brokers: [`${host}:${portOf("kafka", ports.kafka)}`] },
    schemaRegistry: registryUrl(portOf("schema-registry", ports.schemaRegistry)),
    mysql,
    redis: { host, port: portOf("redis", ports.redis) },
    processes,
  };
}

interface Questions {
  mysql: StackStatus["mysql"];
  redisPassword: string;
  /** Of the processes in the state: whoever else answers on the port of a dead one does not make it ready. */
  living: Set<number>;
}

type Supervised = SupervisorState["processes"][number];

async function report({ name, kind, pid, port }: Supervised, questions: Questions): Promise<ProcessReport> {
  if (pid === undefined || !questions.living.has(pid))
    return { name, kind, pid: null, port, ready: false, rssBytes: 0 };
  const ready = await answers(name, port, questions).catch(() => false);
  return { name, kind, pid, port, ready, rssBytes: residentBytes(pid) ?? 0 };
}

function answers(name: string, port: number, { mysql, redisPassword }: Questions): Promise<boolean> {
  switch (name) {
    case "kafka":
      return kafkaAnswers(port);
    case "schema-registry":
      return httpAnswers(`${registryUrl(port)}/subjects`);
    case "redis":
      return redisAnswers(port, redisPassword);
    case "mysql":
      return mysqlAnswers(mysql);
    default:
      return httpAnswers(`http://127.0.0.1:${port}/health/ready`);
  }
}

/** The shop is ready when all its services and servers are; servers alone are no shop. */
function isComplete(processes: ProcessReport[]): boolean {
  return processes.some(({ kind }) => kind === "service") && processes.every(({ ready }) => ready);
}

function monitorUrl(processes: ProcessReport[]): string | null {
  const monitor = processes.find(({ name }) => name === "monitor");
  return monitor === undefined ? null : `http://127.0.0.1:${monitor.port}`;
}

function edgePort(config: CliConfig): number {
  const edge = serviceManifest.find(({ name }) => name === "edge");
  return servicePort(edge?.port ?? 0, 1, config.portOffset);
}
