import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";

/** True when nothing listens on 127.0.0.1:`port` (or on every address of the machine). */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** A sentence for each port that something else already uses, naming the process where it can be told. */
export async function describeTakenPorts(ports: Iterable<readonly [name: string, port: number]>): Promise<string[]> {
  const taken: string[] = [];
  for (const [name, port] of ports) {
    if (await isPortFree(port)) continue;
    const owner = findListener(port);
    taken.push(`port ${port} (${name}) is in use${owner ? ` by process ${owner.pid}: ${owner.command}` : ""}`);
  }
  return taken;
}

/** Who listens there: process id and command, or undefined when it cannot be told (another user's process). */
export function findListener(port: number): { pid: number; command: string } | undefined {
  const sockets = listeningInodes(port).map((inode) => `socket:[${inode}]`);
  if (sockets.length === 0) return undefined;
  for (const pid of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    if (!openFiles(pid).some((target) => sockets.includes(target))) continue;
    return { pid: Number(pid), command: readText(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim().slice(0, 80) };
  }
  return undefined;
}

function listeningInodes(port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const listening = "0A";
  return ["/proc/net/tcp", "/proc/net/tcp6"]
    .flatMap((table) => readText(table).split("\n").slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) && fields[3] === listening)
    .flatMap((fields) => fields[9] ?? []);
}

function openFiles(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => readlinkOrNothing(`/proc/${pid}/fd/${fd}`));
  } catch {
    return [];
  }
}

function readlinkOrNothing(path: string): string[] {
  try {
    return [readlinkSync(path)];
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
