import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ProcessSpec } from "../processes/supervised-process.ts";
import { classArchive, existingClassArchive } from "./class-archive.ts";
import type { Installed, NativeStackOptions } from "./native-options.ts";
import { kafkaAnswers } from "./probes.ts";

/** Formats the log directory on first use and describes the broker process. */
export async function kafkaServer(options: NativeStackOptions, installed: Installed): Promise<ProcessSpec> {
  const folder = join(options.home, "kafka");
  mkdirSync(folder, { recursive: true });
  const settings = join(folder, "server.properties");
  writeFileSync(settings, kafkaSettings(folder, options.ports));
  const classPath = listJars(installed.kafkaLibraries);
  const archiveFile = join(installed.classArchives, "kafka.jsa");
  if (!existsSync(join(folder, "log", "meta.properties"))) {
    await formatLog({ java: installed.java, classPath, folder, settings, archiveFile });
  }
  const archive = classArchive(archiveFile);
  return {
    name: "kafka",
    command: installed.java,
    args: [...options.kafkaJvmOptions, ...archive.jvmOptions, "-cp", classPath, "kafka.Kafka", settings],
    cwd: folder,
    environment: options.environment,
    port: options.ports.kafka,
    logFile: join(options.home, "logs", "kafka.log"),
    probe: () => kafkaAnswers(options.ports.kafka),
    // Writing its class archive takes a few seconds, on a busy machine many.
    stopDeadlineMs: 60_000,
    afterExit: archive.afterExit,
  };
}

/** Sorted, because a class archive is only valid for the same class path. */
function listJars(folder: string): string {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".jar"))
    .sort()
    .map((file) => join(folder, file))
    .join(":");
}

interface FormatTask {
  java: string;
  classPath: string;
  folder: string;
  settings: string;
  archiveFile: string;
}

async function formatLog(to: FormatTask): Promise<void> {
  const quick = ["-XX:TieredStopAtLevel=1", ...existingClassArchive(to.archiveFile)];
  const format = ["format", "-t", clusterId(to.folder), "-c", to.settings, "--ignore-formatted"];
  await promisify(execFile)(to.java, [...quick, "-cp", to.classPath, "kafka.tools.StorageTool", ...format]);
}

/** Made once and kept beside the data: consumers tell a wiped broker by a changed cluster id. */
function clusterId(folder: string): string {
  const file = join(folder, "cluster-id");
  if (!existsSync(file)) {
    // Kafka refuses ids that begin with a dash, since they look like an option.
    writeFileSync(file, `M${randomBytes(16).toString("base64url").slice(1)}`);
  }
  return readFileSync(file, "utf8").trim();
}

function kafkaSettings(folder: string, ports: NativeStackOptions["ports"]): string {
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${ports.kafkaController}
listeners=PLAINTEXT://127.0.0.1:${ports.kafka},CONTROLLER://127.0.0.1:${ports.kafkaController}
advertised.listeners=PLAINTEXT://127.0.0.1:${ports.kafka}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=${join(folder, "log")}
auto.create.topics.enable=false
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=2
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=2
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=33554432
log.index.size.max.bytes=2097152
`;
}
