import { createHash } from "node:crypto";
import { createServer } from "node:net";

/** Releases the lock. The kernel does so itself when the process ends, however it ends. */
export type Release = () => Promise<void>;

/**
 * Takes the machine-wide lock of that name, or returns undefined when another process holds it.
 * It is an abstract Unix socket: unlike a lock file it cannot be left behind by a killed process.
 */
export function tryLock(name: string): Promise<Release | undefined> {
  const path = `\0mall-${createHash("sha256").update(name).digest("hex").slice(0, 40)}`;
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    );
    server.listen(path, () => {
      server.unref();
      resolve(() => new Promise((done) => server.close(() => done())));
    });
  });
}
