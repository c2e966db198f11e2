import { existsSync, renameSync, rmSync } from "node:fs";

/**
 * A Java class archive (AppCDS) saves about a second of each start. The first run of a server writes it when it ends; later runs map it.
 */
export interface ClassArchive {
  jvmOptions: string[];
  /** Keeps what the run wrote, if it ended by itself: a killed JVM may have left half an archive. */
  afterExit: (cleanly: boolean) => void;
}

/** For short-lived programs with the same class path: uses the archive, but never writes one. */
export function existingClassArchive(file: string): string[] {
  return existsSync(file) ? [`-XX:SharedArchiveFile=${file}`] : [];
}

export function classArchive(file: string): ClassArchive {
  if (existsSync(file)) return { jvmOptions: existingClassArchive(file), afterExit: () => {} };
  const unfinished = `${file}.${process.pid}`;
  return {
    jvmOptions: [`-XX:ArchiveClassesAtExit=${unfinished}`],
    afterExit: (cleanly) => {
      try {
        if (cleanly && existsSync(unfinished)) renameSync(unfinished, file);
        else rmSync(unfinished, { force: true });
      } catch {
        // A full disk or a deleted folder costs the archive, so a second at the next start. What follows an exit must go on.
      }
    },
  };
}
