import { statfsSync } from "node:fs";
import { freemem } from "node:os";
import { missingPackages } from "#platform/stack/native/install-software.ts";
import { isJavaSoftwareComplete } from "#platform/stack/native/download-java-software.ts";
import { describeTakenPorts } from "#platform/stack/processes/ports.ts";
import type { Command } from "./command.ts";
import { type CliConfig, readConfig } from "./config.ts";
import { presentServices } from "./service-manifest.ts";
import { servicePort, stackPorts } from "./stack-ports.ts";
import { isSupervisorAlive, readState } from "./supervisor-state.ts";

interface Finding {
  ok: boolean;
  text: string;
}

const leastMemoryBytes = 2.5 * 1024 ** 3;
const leastDiskBytes = 3 * 1024 ** 3;

/** Looks without changing anything. Exit code 1 when something would keep the shop from starting. */
export const doctor: Command = async () => {
  const config = readConfig();
  const findings = [...software(config), ...machine(config), ...(await ports(config))];
  for (const { ok, text } of findings) console.log(`${ok ? "ok " : "odd"}  ${text}`);
  return findings.every(({ ok }) => ok) ? 0 : 1;
};

function software(config: CliConfig): Finding[] {
  const missing = missingPackages(config);
  const jars = isJavaSoftwareComplete(config.software);
  return [
    { ok: true, text: `Node ${process.version}` },
    missing.length === 0
      ? { ok: true, text: "Java, MariaDB and Redis are installed" }
      : {
          ok: process.getuid?.() === 0,
          text: `missing, up installs them as root: apt-get install ${missing.join(" ")}`,
        },
    {
      ok: true,
      text: jars ? "Kafka and schema registry are downloaded" : "Kafka and schema registry: up downloads them",
    },
  ];
}

function machine(config: CliConfig): Finding[] {
  const disk = statfsSync(config.root);
  const freeBytes = disk.bavail * disk.bsize;
  return [
    { ok: freemem() >= leastMemoryBytes, text: `${gigabytes(freemem())} of memory free (a shop takes about 2.5 GB)` },
    { ok: freeBytes >= leastDiskBytes, text: `${gigabytes(freeBytes)} of disk free (3 GB are comfortable)` },
  ];
}

async function ports(config: CliConfig): Promise<Finding[]> {
  if (isSupervisorAlive(readState(config.home))) return [{ ok: true, text: `a stack runs in ${config.home}` }];
  const services = presentServices(config.root);
  const wanted: [string, number][] = [
    ...Object.entries(stackPorts(config.portOffset)),
    ...services.map(({ name, port }): [string, number] => [name, servicePort(port, 1, config.portOffset)]),
  ];
  const taken = await describeTakenPorts(wanted);
  if (taken.length === 0) return [{ ok: true, text: `the ${wanted.length} ports are free` }];
  return taken.map((text) => ({ ok: false, text: `${text}; end it, or shift all ports with MALL_PORT_OFFSET` }));
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GB`;
}
