import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type Release, tryLock } from "../processes/kernel-lock.ts";

/** Debian asks this program before a package starts its daemon; 101 means "not allowed". */
const policyFile = "/usr/sbin/policy-rc.d";
const mark = "# Put here by mall while it installs packages. Left over when nothing is being installed: delete it.";
const policy = `#!/bin/sh\n${mark}\nexit 101\n`;

/**
 * Keeps packages from starting services of their own while `install` runs. A policy that somebody else has put on the machine is left alone.
 * Installations of several stacks wait for each other: the first to end would take the policy from under the others.
 */
export async function withoutServiceStart(install: () => Promise<void>, file = policyFile): Promise<void> {
  const unlock = await waitForLock(file);
  try {
    if (existsSync(file) && !isOurs(file)) return await install();
    writeFileSync(file, policy, { mode: 0o755 });
    const remove = (): void => rmSync(file, { force: true });
    // An interrupted command ends by process.exit, in the middle of the installation.
    process.once("exit", remove);
    try {
      await install();
    } finally {
      process.off("exit", remove);
      remove();
    }
  } finally {
    await unlock();
  }
}

/** Removes the policy that a killed installation could not remove itself: with it, no package of this machine would start its service any more. */
export async function removeForgottenPolicy(file = policyFile): Promise<void> {
  if (!existsSync(file) || !isOurs(file)) return;
  const unlock = await tryLock(lockName(file));
  if (unlock === undefined) return;
  rmSync(file, { force: true });
  await unlock();
}

async function waitForLock(file: string): Promise<Release> {
  for (;;) {
    const unlock = await tryLock(lockName(file));
    if (unlock !== undefined) return unlock;
    await sleep(200);
  }
}

function isOurs(file: string): boolean {
  return readFileSync(file, "utf8").includes(mark);
}

function lockName(file: string): string {
  return `installation under ${file}`;
}
