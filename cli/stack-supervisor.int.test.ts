import { mkdirSync, mkdtempSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { identify } from "#platform/stack/processes/process-identity.ts";
import type { Stack, StackEndpoints } from "#platform/stack/stack.ts";
import { eventually } from "#platform/testing/eventually.ts";
import { StackSupervisor } from "./stack-supervisor.ts";
import { type DesiredService, readState, type SupervisorState, writeDesiredServices } from "./supervisor-state.ts";

const endpoints: StackEndpoints = {
  kafka: { brokers: ["127.0.0.1:1"] },
  schemaRegistry: "http://127.0.0.1:2",
  mysql: { host: "127.0.0.1", port: 3, user: "a", password: "b" },
  redis: { host: "127.0.0.1", port: 4, password: "c" },
};

const service = `
import { createServer } from "node:http";
createServer((_, answer) => answer.end(process.env.WORD)).listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
`;

let home = "";
let stopped: string[] = [];
let said: string[] = [];
let supervisor: StackSupervisor | undefined;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "mall-supervisor-"));
  writeFileSync(join(home, "service.mjs"), service);
  stopped = [];
  said = [];
});
afterEach(async () => {
  supervisor?.stop();
  await supervisor?.ended;
  rmSync(home, { recursive: true, force: true });
});

function supervise(start: Stack["start"] = async () => endpoints): StackSupervisor {
  const stack: Stack = {
    prepare: async () => {},
    start,
    stop: async () => void stopped.push("stack"),
    processes: () => [],
  };
  supervisor = new StackSupervisor({ root: home, home }, { openStack: () => stack, say: (line) => said.push(line) });
  return supervisor;
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });

async function aService(name: string, word = "hello"): Promise<DesiredService> {
  const port = await freePort();
  const environment = { PORT: String(port), WORD: word };
  return { name, port, command: process.execPath, args: ["service.mjs"], environment };
}

async function run(services: DesiredService[], revision: string): Promise<SupervisorState["processes"]> {
  writeDesiredServices(home, { revision, services });
  supervisor?.reload();
  return eventually(() => {
    const state = readState(home);
    const ready = state?.servicesRevision === revision && state.processes.every((process) => process.ready);
    return ready && state.processes;
  });
}

const untilRunning = (): Promise<boolean> => eventually(() => readState(home)?.phase === "running");

describe("supervisor", () => {
  test("replaces what changed, ends what is no longer wanted and leaves the rest alone", async () => {
    supervise();
    await untilRunning();
    const [first, second, third] = [await aService("a"), await aService("b"), await aService("c")];
    const before = await run([first, second, third], "1");
    const changed = { ...second, environment: { ...second.environment, WORD: "other" } };
    const after = await run([first, changed], "2");
    expect(after.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(after[0]?.pid).toBe(before[0]?.pid);
    expect(after[1]?.pid).not.toBe(before[1]?.pid);
    expect(await (await fetch(`http://127.0.0.1:${second.port}`)).text()).toBe("other");
    expect(identify(before[2]?.pid ?? 0)).toBeUndefined();
  });

  test("starts a service again that was killed", async () => {
    supervise();
    await untilRunning();
    const [killed] = await run([await aService("a")], "1");
    process.kill(killed?.pid ?? 0, "SIGKILL");
    const successor = await eventually(() => {
      const [now] = readState(home)?.processes ?? [];
      return now?.ready === true && now.pid !== killed?.pid && now;
    });
    expect(successor.restarts).toBe(1);
  });

  test("outlives a state file that cannot be written, and writes it when it can", async () => {
    supervise();
    await untilRunning();
    const [killed] = await run([await aService("a")], "1");
    // A file in place of the folder makes every write throw, as a full disk does.
    renameSync(join(home, "run"), join(home, "run.away"));
    writeFileSync(join(home, "run"), "");
    process.kill(killed?.pid ?? 0, "SIGKILL");
    await eventually(() => said.length > 0);
    expect(said).toEqual([expect.stringMatching(/^cannot write the state, .*(?:EEXIST|ENOTDIR)/)]);
    rmSync(join(home, "run"));
    renameSync(join(home, "run.away"), join(home, "run"));
    await eventually(() => {
      const [now] = readState(home)?.processes ?? [];
      return now?.ready === true && now.pid !== killed?.pid;
    });
    expect(said).toHaveLength(1);
  });

  test("keeps the others running and goes on trying when one service cannot be started", async () => {
    const subject = supervise();
    await untilRunning();
    const [first, second] = [await aService("a"), await aService("b")];
    const [before] = await run([first], "1");
    const blocked = join(home, "logs", "b.log");
    mkdirSync(blocked);
    writeDesiredServices(home, { revision: "2", services: [first, second] });
    subject.reload();
    const [a, b] = await eventually(() => {
      const processes = readState(home)?.processes;
      return (processes?.[1]?.restarts ?? 0) >= 2 && processes;
    });
    expect(a).toEqual(before);
    expect(b).toMatchObject({ ready: false, lastExit: expect.stringContaining("EISDIR") });
    rmdirSync(blocked);
    await eventually(() => readState(home)?.processes.every(({ ready }) => ready));
  });

  test("reads a services file again that could not be read", async () => {
    const subject = supervise();
    await untilRunning();
    writeFileSync(join(home, "run", "services.json"), "{");
    subject.reload();
    await eventually(() => said.length > 0);
    writeDesiredServices(home, { revision: "1", services: [await aService("a")] });
    await eventually(() => readState(home)?.processes[0]?.ready);
    expect(said).toEqual([expect.stringContaining("cannot apply the services")]);
  });

  test("ends services before the stack and leaves no state behind", async () => {
    const subject = supervise();
    await untilRunning();
    const [child] = await run([await aService("a")], "1");
    subject.stop();
    expect(await subject.ended).toBe(0);
    expect(identify(child?.pid ?? 0)).toBeUndefined();
    expect(stopped).toEqual(["stack"]);
    expect(readState(home)).toBeUndefined();
  });

  test("says why the stack could not start", async () => {
    const subject = supervise(async () => {
      throw new Error("port 1 is in use");
    });
    expect(await subject.ended).toBe(1);
    expect(readState(home)).toMatchObject({ phase: "failed", error: "port 1 is in use" });
  });

  test("can be stopped while the stack is still starting", async () => {
    const start = Promise.withResolvers<StackEndpoints>();
    const subject = supervise(() => start.promise);
    subject.stop();
    start.reject(new Error("stopped while it was starting"));
    expect(await subject.ended).toBe(0);
    expect(readState(home)).toBeUndefined();
  });
});
