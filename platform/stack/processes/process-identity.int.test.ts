import { type ChildProcess, spawn } from "node:child_process";
import { afterEach, describe, expect, test } from "vitest";
import { endProcesses } from "./end-processes.ts";
import { findByEnvironment, identify, isAlive, type ProcessIdentity, signalProcess } from "./process-identity.ts";

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

async function aProcess(script: string, environment: Record<string, string> = {}): Promise<ProcessIdentity> {
  const child = spawn("/bin/sh", ["-c", `${script}\necho up\nwhile :; do sleep 0.1; done`], { env: environment });
  started.push(child);
  await new Promise((resolve) => child.stdout.once("data", resolve));
  const identity = identify(child.pid ?? 0);
  if (identity === undefined) throw new Error("the process is gone already");
  return identity;
}

describe("process identity", () => {
  test("finds a process and forgets it when it is gone", async () => {
    const identity = await aProcess("");
    expect(isAlive(identity)).toBe(true);
    await endProcesses([identity], 5_000);
    expect(isAlive(identity)).toBe(false);
    expect(identify(identity.pid)).toBeUndefined();
  });

  test("never signals another process that was given the same id", async () => {
    const identity = await aProcess("");
    const predecessor = { ...identity, startTicks: identity.startTicks - 100 };
    expect(signalProcess(predecessor, "SIGKILL")).toBe(false);
    const beforeTheLastBoot = { ...identity, bootId: "another" };
    expect(signalProcess(beforeTheLastBoot, "SIGKILL")).toBe(false);
    expect(isAlive(identity)).toBe(true);
  });

  test("kills what does not end when asked", async () => {
    const stubborn = await aProcess("trap '' TERM");
    await endProcesses([stubborn], 200);
    expect(isAlive(stubborn)).toBe(false);
  });

  test("finds a process by its environment", async () => {
    const value = `test-${process.pid}-${Date.now()}`;
    const identity = await aProcess("", { STACK_TEST_MARK: value });
    // Its shell may have a child of its own, which carries the mark too.
    expect(findByEnvironment("STACK_TEST_MARK", value)).toContainEqual(identity);
    expect(findByEnvironment("STACK_TEST_MARK", `${value}-other`)).toEqual([]);
  });
});
