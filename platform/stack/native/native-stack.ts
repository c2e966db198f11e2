import { describeTakenPorts } from "../processes/ports.ts";
import { type ProcessSpec, SupervisedProcess } from "../processes/supervised-process.ts";
import { type Report, type Stack, type StackEndpoints, StackError } from "../stack.ts";
import { installSoftware } from "./install-software.ts";
import { kafkaServer } from "./kafka-server.ts";
import { mysqlServer } from "./mysql-server.ts";
import type { Installed, NativeStackOptions } from "./native-options.ts";
import { redisServer } from "./redis-server.ts";
import { registryServer, registryUrl } from "./registry-server.ts";

// Quiet machines need 3 s; this is for one that installs, compiles and tests at the same time.
const readyDeadlineMs = 180_000;

/** The stack as plain processes of this machine, all listening on 127.0.0.1 only. `onChange` is called whenever a process starts, gets ready or dies. */
export function nativeStack(options: NativeStackOptions, onChange: () => void = () => {}): Stack {
  const running: SupervisedProcess[] = [];
  let stopping = false;
  const stop = async (): Promise<void> => {
    stopping = true;
    await Promise.all(running.map((server) => server.stop()));
    running.length = 0;
  };
  return {
    async prepare(report) {
      await installSoftware(options, report);
    },
    async start(report) {
      stopping = false;
      const installed = await installSoftware(options, report);
      await assertPortsFree(options);
      const startServer = async (spec: ProcessSpec): Promise<void> => {
        if (stopping) throw new StackError("stopped while it was starting");
        const server = new SupervisedProcess(spec, onChange);
        running.push(server);
        await startAndReport(server, report);
      };
      // Waits for all, also after a failure: a server that starts after the others were stopped would be left behind.
      const starts = await Promise.allSettled(
        serverSpecs(options, installed).map(async (spec) => startServer(await spec)),
      );
      const failed = starts.find((start) => start.status === "rejected");
      if (failed === undefined) return endpointsOf(options);
      await stop();
      const why = failed.reason instanceof Error ? failed.reason.message : String(failed.reason);
      throw new StackError(why, { cause: failed.reason });
    },
    stop,
    processes: () => running.map((server) => server.status()),
  };
}

function serverSpecs(options: NativeStackOptions, installed: Installed): (ProcessSpec | Promise<ProcessSpec>)[] {
  return [
    kafkaServer(options, installed),
    registryServer(options, installed),
    mysqlServer(options, installed),
    redisServer(options, installed),
  ];
}

async function startAndReport(server: SupervisedProcess, report: Report): Promise<void> {
  const startedAt = Date.now();
  server.start();
  await server.whenReady(readyDeadlineMs);
  report(`${server.spec.name} ready after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

function endpointsOf(options: NativeStackOptions): StackEndpoints {
  const host = "127.0.0.1";
  const { ports, mysqlAdministrator, redisPassword } = options;
  return {
    kafka: { brokers: [`${host}:${ports.kafka}`] },
    schemaRegistry: registryUrl(ports.schemaRegistry),
    mysql: { host, port: ports.mysql, ...mysqlAdministrator },
    redis: { host, port: ports.redis, password: redisPassword },
  };
}

async function assertPortsFree(options: NativeStackOptions): Promise<void> {
  const taken = await describeTakenPorts(Object.entries(options.ports));
  if (taken.length > 0) throw new StackError(taken.join("\n"));
}
