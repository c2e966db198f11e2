import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { identify } from "#platform/stack/processes/process-identity.ts";
import { isSupervisorAlive, livingChildren, readState, type SupervisorState, writeState } from "./supervisor-state.ts";

const home = mkdtempSync(join(tmpdir(), "mall-state-"));
afterEach(() => rmSync(home, { recursive: true, force: true }));

function aState(startTicksOff = 0): SupervisorState {
  const self = identify(process.pid);
  if (self === undefined) throw new Error("this process is not in /proc");
  const startTicks = self.startTicks + startTicksOff;
  const runs = { pid: self.pid, startTicks, ready: true, restarts: 0, lastExit: undefined };
  const child = { name: "a", kind: "service" as const, port: 1, ...runs };
  return {
    supervisor: { ...self, startTicks },
    phase: "running",
    error: undefined,
    endpoints: undefined,
    servicesRevision: undefined,
    processes: [child],
  };
}

describe("state of the supervisor", () => {
  test("is written whole, for its owner only, and leaves no other file", () => {
    writeState(home, aState());
    expect(readState(home)).toMatchObject({ phase: "running", processes: [{ name: "a" }] });
    expect(readdirSync(join(home, "run"))).toEqual(["state.json"]);
    expect(statSync(join(home, "run", "state.json")).mode & 0o777).toBe(0o600);
  });

  test("is undefined in a home that was never used", () => {
    expect(readState(home)).toBeUndefined();
    expect(isSupervisorAlive(undefined)).toBe(false);
  });

  test("does not take a process that was given the same id later for the one it speaks of", () => {
    expect(isSupervisorAlive(aState())).toBe(true);
    expect(isSupervisorAlive(aState(-1))).toBe(false);
    expect(livingChildren(aState())).toHaveLength(1);
    expect(livingChildren(aState(-1))).toEqual([]);
  });
});
