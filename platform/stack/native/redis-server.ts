import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ProcessSpec } from "../processes/supervised-process.ts";
import type { Installed, NativeStackOptions } from "./native-options.ts";
import { redisAnswers } from "./probes.ts";

export function redisServer(options: NativeStackOptions, installed: Installed): ProcessSpec {
  const folder = join(options.home, "redis");
  mkdirSync(folder, { recursive: true });
  // The password goes through a private file: arguments can be read by every user of the machine.
  const settings = join(folder, "redis.conf");
  writeFileSync(settings, redisSettings(folder, options), { mode: 0o600 });
  const { redis: port } = options.ports;
  return {
    name: "redis",
    command: installed.redisServer,
    args: [settings],
    cwd: folder,
    environment: options.environment,
    port,
    logFile: join(options.home, "logs", "redis.log"),
    probe: () => redisAnswers(port, options.redisPassword),
    stopDeadlineMs: 10_000,
  };
}

function redisSettings(folder: string, options: NativeStackOptions): string {
  return `bind 127.0.0.1
port ${options.ports.redis}
${options.redisPassword === "" ? "" : `requirepass ${options.redisPassword}\n`}dir "${folder}"
daemonize no
appendonly yes
appendfsync everysec
save ""
`;
}
