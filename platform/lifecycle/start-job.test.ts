import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createLogger } from "../logging/logger.ts";
import { startJob } from "./start-job.ts";

const log = createLogger({ service: "test", instance: "test", level: "silent" });
const never = { name: "test", everyMs: 1_000_000, log };

describe("a job", () => {
  test("runs when poked, and once more when poked while it runs, never beside itself", async () => {
    let [running, most, runs] = [0, 0, 0];
    const run = async () => {
      running += 1;
      most = Math.max(most, running);
      await setImmediate();
      running -= 1;
      runs += 1;
    };
    const job = startJob({ ...never, run });
    for (let poke = 0; poke < 5; poke += 1) job.poke();
    while (runs < 2) await setImmediate();
    await job.stop();
    expect({ most, runs }).toEqual({ most: 1, runs: 2 });
  });

  test("goes on after a failure, waits for its run when it stops, and then runs no more", async () => {
    let runs = 0;
    const run = async () => {
      await setImmediate();
      runs += 1;
      throw new Error("no");
    };
    const job = startJob({ ...never, run });
    job.poke();
    await job.stop();
    expect(runs).toBe(1);
    job.poke();
    await setImmediate();
    expect(runs).toBe(1);
  });
});
