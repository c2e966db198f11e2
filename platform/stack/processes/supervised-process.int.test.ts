import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { eventually } from "../../testing/eventually.ts";
import { identify } from "./process-identity.ts";
import { type ProcessSpec, SupervisedProcess } from "./supervised-process.ts";

const folder = mkdtempSync(join(tmpdir(), "supervised-"));
const running: SupervisedProcess[] = [];
afterEach(() => Promise.all(running.splice(0).map((process) => process.stop())));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function supervise(script: string, changes: Partial<ProcessSpec> = {}): SupervisedProcess {
  const process = new SupervisedProcess(
    {
      name: "subject",
      command: "/bin/sh",
      args: ["-c", script],
      cwd: folder,
      environment: { PATH: "/usr/bin:/bin" },
      port: 0,
      logFile: join(folder, "subject.log"),
      probe: async () => true,
      stopDeadlineMs: 2_000,
      ...changes,
    },
    () => {},
  );
  running.push(process);
  process.start();
  return process;
}

const untilReplaced = (subject: SupervisedProcess, pid: number | undefined): Promise<number> =>
  eventually(() => {
    const now = subject.status().pid;
    return now !== undefined && now !== pid && now;
  });

describe("supervised process", () => {
  test("is started again after it was killed", async () => {
    const subject = supervise("exec sleep 60");
    await subject.whenReady(5_000);
    const { pid } = subject.status();
    process.kill(pid ?? 0, "SIGKILL");
    const successor = await untilReplaced(subject, pid);
    expect(subject.status().restarts).toBe(1);
    expect(identify(successor)).toBeDefined();
    await subject.whenReady(5_000);
  });

  test("waits longer from death to death", async () => {
    const startedAt = performance.now();
    const subject = supervise("exit 1", { probe: async () => false });
    await eventually(() => subject.status().restarts >= 3);
    // 100 + 200 + 400 ms
    expect(performance.now() - startedAt).toBeGreaterThan(690);
  });

  test("that never gets ready is reported with its exit code and its log", async () => {
    const subject = supervise("exit 7", { probe: async () => false });
    await expect(subject.whenReady(10_000, 2)).rejects.toThrow(/exit code 7.*subject\.log/);
  });

  test("that does not exist is reported too", async () => {
    const subject = supervise("", { command: "/nowhere/to/be/found", probe: async () => false });
    await expect(subject.whenReady(10_000, 2)).rejects.toThrow("ENOENT");
  });

  test("stays stopped, also when it was about to be started again", async () => {
    const subject = supervise("exit 1", { probe: async () => false });
    await eventually(() => subject.status().pid === undefined);
    await subject.stop();
    const { restarts } = subject.status();
    await sleep(400);
    expect(subject.status()).toMatchObject({ pid: undefined, restarts });
  });

  test("is killed when it ignores the request to end", async () => {
    const subject = supervise("trap '' TERM; while :; do sleep 0.1; done", { stopDeadlineMs: 300 });
    await subject.whenReady(5_000);
    const pid = subject.status().pid ?? 0;
    await subject.stop();
    expect(identify(pid)).toBeUndefined();
  });

  test("is asked to end once, however often it is stopped, and gets its whole time", async () => {
    const logFile = join(folder, "asked.log");
    const script = "trap 'echo asked' TERM; echo trapped; while :; do sleep 0.05; done";
    const subject = supervise(script, { logFile, stopDeadlineMs: 500 });
    await eventually(() => readFileSync(logFile, "utf8").includes("trapped"));
    const startedAt = performance.now();
    const first = subject.stop();
    await sleep(200);
    await Promise.all([subject.stop(), first]);
    expect(performance.now() - startedAt).toBeGreaterThan(490);
    expect(readFileSync(logFile, "utf8")).toBe("trapped\nasked\n");
  });

  test("that cannot be started is tried again until it can", async () => {
    // A folder in place of the log, as an example of what makes openSync throw, as a full disk does.
    const logFile = join(folder, "blocked.log");
    mkdirSync(logFile);
    const subject = supervise("exec sleep 60", { logFile });
    await eventually(() => subject.status().restarts >= 2);
    expect(subject.status()).toMatchObject({ pid: undefined, ready: false, lastExit: expect.stringMatching(/EISDIR/) });
    rmdirSync(logFile);
    await subject.whenReady(5_000);
  });

  test("writes its output to its log and tells whether it ended cleanly", async () => {
    const ends: boolean[] = [];
    const logFile = join(folder, "talkative.log");
    const subject = supervise("echo hello; exec sleep 60", { logFile, afterExit: (cleanly) => ends.push(cleanly) });
    await eventually(() => readFileSync(logFile, "utf8").includes("hello"));
    process.kill(subject.status().pid ?? 0, "SIGKILL");
    await eventually(() => ends.length === 1);
    expect(ends).toEqual([false]);
  });
});
