import { parseArgs } from "node:util";
import type { Command } from "./command.ts";
import { readConfig } from "./config.ts";
import { readStatus, type StackStatus } from "./stack-status.ts";

export const status: Command = async (args) => {
  const { values } = parseArgs({ args, options: { json: { type: "boolean", default: false } } });
  const found = await readStatus(readConfig());
  console.log(values.json ? JSON.stringify(found, null, 2) : statusLines(found).join("\n"));
  return 0;
};

function statusLines(found: StackStatus): string[] {
  if (found.processes.length === 0) return [`nothing runs in ${found.home}`];
  const rows = found.processes.map(({ name, port, pid, ready, rssBytes }) =>
    [
      name.padEnd(18),
      String(port).padStart(6),
      String(pid ?? "-").padStart(8),
      `${Math.round(rssBytes / 1024 / 1024)} MB`.padStart(9),
      ready ? "  ready" : "  not ready",
    ].join(""),
  );
  const head = `${"process".padEnd(18)}${"port".padStart(6)}${"pid".padStart(8)}${"memory".padStart(9)}`;
  return [`${found.home}: ${found.ready ? "ready" : "not ready"}, ${found.edge}/api`, head, ...rows];
}
