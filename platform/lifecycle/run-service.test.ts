import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";

const url = (path: string): string => new URL(path, import.meta.url).href;

/** Runs a service whose `start` is the given source; `afterStart` is called once it has printed "ready". */
async function runInProcess(start: string, afterStart: (kill: (signal: NodeJS.Signals) => void) => void = () => {}) {
  const source = `
    import { runService } from ${JSON.stringify(url("./run-service.ts"))};
    import { createLogger } from ${JSON.stringify(url("../logging/logger.ts"))};
    const log = createLogger({ service: "x", instance: "x-1", level: "info" });
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    await runService({ name: "x", log, deadlineMs: 500, start: async (stopping) => { ${start}; setInterval(() => {}, 1e6); console.log("ready"); } });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    const wasReady = output.includes("ready\n");
    output += chunk.toString();
    if (!wasReady && output.includes("ready\n")) afterStart((signal) => void child.kill(signal));
  });
  const [exitCode] = (await once(child, "close")) as [number];
  return { exitCode, output };
}

const term = (kill: (signal: NodeJS.Signals) => void): void => kill("SIGTERM");

describe("a service process", () => {
  test("stops its parts in reverse order and exits 0", async () => {
    const { exitCode, output } = await runInProcess(
      `stopping.add("a", () => console.log("stop a")); stopping.add("b", async () => { await sleep(20); console.log("stop b"); })`,
      term,
    );
    expect(exitCode).toBe(0);
    expect(output.indexOf("stop b")).toBeLessThan(output.indexOf("stop a"));
    expect(output.indexOf("stop b")).toBeGreaterThan(0);
  });

  test("goes on stopping when one part hangs or throws, and exits 1", async () => {
    const { exitCode, output } = await runInProcess(
      `stopping.add("a", () => console.log("stop a")); stopping.add("b", () => sleep(1e6), 50); stopping.add("c", () => { throw new Error("no"); })`,
      term,
    );
    expect(exitCode).toBe(1);
    expect(output).toContain("stop a");
    expect(output).toContain("b did not stop within 50 ms");
  });

  test("exits 1 at the deadline", async () => {
    const started = Date.now();
    const { exitCode } = await runInProcess(`stopping.add("a", () => sleep(1e6))`, term);
    expect(exitCode).toBe(1);
    expect(Date.now() - started).toBeLessThan(4_000);
  });

  test("exits 1 at a second signal", async () => {
    const { exitCode, output } = await runInProcess(`stopping.add("a", () => sleep(1e6))`, (kill) => {
      kill("SIGTERM");
      setTimeout(() => kill("SIGINT"), 100);
    });
    expect(exitCode).toBe(1);
    expect(output).not.toContain("took too long");
  });

  test("stops what was started when the start fails, and exits 1", async () => {
    const { exitCode, output } = await runInProcess(
      `stopping.add("a", () => console.log("stop a")); throw new Error("for 13812341234")`,
    );
    expect(exitCode).toBe(1);
    expect(output).toContain("stop a");
    expect(output).toContain("could not start");
    expect(output).not.toContain("13812341234");
  });

  test.each(["setTimeout(() => { throw new Error('boom'); }, 10)", "void Promise.reject(new Error('boom'))"])(
    "ends at once on an error nobody caught, logged once: %s",
    async (fault) => {
      const { exitCode, output } = await runInProcess(`stopping.add("a", () => console.log("stop a")); ${fault}`);
      expect(exitCode).toBe(1);
      expect(output.match(/nobody caught/g)).toHaveLength(1);
      expect(output).not.toContain("stop a");
    },
  );
});
