/** Documentation that is run: the `sh` blocks of a page, and what each says that it prints. */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { TableRoute } from "../edge/match-route.ts";

export interface Block {
  /** The first line that does something. */
  readonly title: string;
  readonly script: string;
  /** What stands behind `# →`, in order. */
  readonly expected: readonly string[];
}

export interface Call {
  readonly method: TableRoute["method"];
  /** Without `/api`; 7 stands for every variable. */
  readonly path: string;
}

const root = resolve(import.meta.dirname, "..", "..");
const EXPECTED = /^# → (.+)$/;

/** The blocks of a page of the repository, or of the one section of it that has this heading. */
export function blocksOf(page: string, heading?: string): Block[] {
  const text = readFileSync(join(root, page), "utf8");
  const part = heading === undefined ? text : (text.split(/^## /m).find((one) => one.startsWith(heading)) ?? "");
  return [...part.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, script = ""]) => {
    const lines = script.split("\n");
    const expected = lines.flatMap((line) => EXPECTED.exec(line)?.[1] ?? []);
    return { title: lines[0] ?? "", script, expected };
  });
}

/** Every request of which a block says how the shop answers it. */
export function callsOf({ script }: Block): Call[] {
  return [...script.matchAll(/^(?:curl|patiently) ([\s\S]*?)^# → /gm)].flatMap(([, words = ""]) => {
    const [, path] = /"\$api(\/[^"?]*)/.exec(words) ?? [];
    if (path === undefined) return [];
    const method = /-X ([A-Z]+)/.exec(words)?.[1] ?? (/--json|--data/.test(words) ? "POST" : "GET");
    return [{ method: method as Call["method"], path: path.replaceAll(/\$\([^)]*\)|\$\w+/g, "7") }];
  });
}

/**
 * What each block prints, line by line, when all run in order in one `sh` at the root of the repository with these
 * variables set. A block that is not reached has printed nothing. Rejects when they take longer than `withinMs`.
 */
export async function runBlocks(
  blocks: readonly Block[],
  { variables, withinMs }: { variables: Readonly<Record<string, string>>; withinMs: number },
): Promise<string[][]> {
  const end = `end of block ${randomUUID()}`;
  const settings = Object.entries(variables).map(([name, value]) => `${name}='${value}'`);
  const script = [...settings, ...blocks.map((block) => `${block.script}\necho '${end}'`)].join("\n");
  const printed = (await run(script, withinMs)).split(`${end}\n`);
  return blocks.map((_, index) => (printed[index] ?? "").split("\n").slice(0, -1));
}

function run(script: string, withinMs: number): Promise<string> {
  return new Promise((done, failed) => {
    // A group of its own, so that a command that hangs ends with it.
    const shell = spawn("sh", ["-c", script], { cwd: root, detached: true, stdio: ["ignore", "pipe", "ignore"] });
    const late = setTimeout(() => {
      process.kill(-Number(shell.pid), "SIGKILL");
      failed(new Error(`the page takes longer than ${withinMs} ms; so far:\n${printed}`));
    }, withinMs);
    let printed = "";
    shell.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
    shell.on("error", failed);
    shell.on("close", () => {
      clearTimeout(late);
      done(printed);
    });
  });
}
