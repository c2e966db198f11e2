import { mkdirSync, writeSync } from "node:fs";
import { join } from "node:path";
import { tryLock } from "#platform/stack/processes/kernel-lock.ts";
import { readConfig } from "./config.ts";
import { openStack } from "./open-stack.ts";
import { loadSecrets } from "./secrets.ts";
import { serviceNames } from "./service-manifest.ts";
import { StackSupervisor } from "./stack-supervisor.ts";

// The detached process that owns everything `./mall up` starts. Started by supervisor-client.ts, stopped by SIGTERM, told of new services by SIGHUP.
const config = readConfig();
mkdirSync(join(config.home, "run"), { recursive: true });
const lock = await tryLock(`supervisor of ${config.home}`);
if (lock === undefined) {
  console.error("another supervisor already runs this home");
  process.exit(3);
}
// On a full disk nothing can be logged; the shop goes on. An error event that nobody listens for would end the process, and a stream that
// failed once writes no more, hence the plain write.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
const writeToLog = (line: string): void => {
  try {
    writeSync(process.stdout.fd, `${line}\n`);
  } catch {
    // The next line may find room again.
  }
};
const { passwords } = loadSecrets(config.home, serviceNames);
const supervisor = new StackSupervisor(config, {
  openStack: (onChange) => openStack(config, passwords, onChange),
  say: writeToLog,
});
process.on("SIGHUP", () => supervisor.reload());
process.on("SIGTERM", () => supervisor.stop());
// Ctrl-C in a terminal reaches the command, which then asks for the stop in its own words.
process.on("SIGINT", () => {});
process.exitCode = await supervisor.ended;
await lock();
process.exit();
