import { type Report, StackError } from "../stack.ts";
import { findExecutable } from "./executables.ts";
import { runInstaller } from "./run-installer.ts";
import { withoutServiceStart } from "./service-start-policy.ts";

export interface AptOptions {
  packages: string[];
  searchPath: string[];
  environment: Record<string, string>;
  logFile: string;
  report: Report;
}

/** Installs Debian packages without letting them start services of their own. Throws `StackError` saying how to get them by hand. */
export async function aptInstall(options: AptOptions): Promise<void> {
  const { packages, report, logFile } = options;
  const byHand = `install them and try again: apt-get install ${packages.join(" ")}`;
  const apt = findExecutable("apt-get", options.searchPath);
  if (apt === undefined)
    throw new StackError(`missing: ${packages.join(", ")}; this machine has no apt-get, so ${byHand}`);
  if (process.getuid?.() !== 0) throw new StackError(`missing: ${packages.join(", ")}; as root, ${byHand}`);
  const environment = { ...options.environment, DEBIAN_FRONTEND: "noninteractive" };
  // Another installation may hold the lock for a while, for instance a second stack on a fresh machine.
  const patience = ["-o", "DPkg::Lock::Timeout=300"];
  await runInstaller({
    label: "refreshing the package lists",
    command: apt,
    args: [...patience, "update"],
    environment,
    logFile,
    report,
  });
  await withoutServiceStart(() =>
    runInstaller({
      label: `installing ${packages.join(", ")}`,
      command: apt,
      args: [...patience, "install", "-y", "--no-install-recommends", ...packages],
      environment,
      logFile,
      report,
    }),
  );
}
