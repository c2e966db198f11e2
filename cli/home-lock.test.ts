import { expect, test } from "vitest";
import { lockHome } from "./home-lock.ts";

test("a home is locked for one command at a time, and whoever waits gets it next", async () => {
  const home = `/of-test-${process.pid}`;
  const release = await lockHome(home);
  expect(release).toBeDefined();
  expect(await lockHome(home, 100)).toBeUndefined();
  const waiting = lockHome(home, 2_000);
  await release?.();
  const next = await waiting;
  expect(next).toBeDefined();
  await next?.();
});
