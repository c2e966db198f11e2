import { startProgress } from "./progress.ts";
import { stopSupervisor } from "./supervisor-client.ts";

export interface Interruption {
  happened: () => boolean;
  /** Resolves with the exit code when an interrupted stack has been stopped; never otherwise. */
  ended: Promise<number>;
}

/** Ctrl-C, a closed terminal or a plain kill of the command stop the whole stack, also while it is still coming up. */
export function stopOnInterrupt(home: string): Interruption {
  let happened = false;
  const { promise: ended, resolve } = Promise.withResolvers<number>();
  const stop = (signal: NodeJS.Signals): void => {
    if (happened) return;
    happened = true;
    console.log(`\n${signal}: stopping the shop …`);
    const exitCode = signal === "SIGINT" ? 0 : 143;
    const stopped = startProgress().step("stopped", () => stopAll(home));
    stopped.then(
      () => {
        resolve(exitCode);
        process.exit(exitCode);
      },
      (error: unknown) => {
        console.error(String(error));
        process.exit(1);
      },
    );
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  return { happened: () => happened, ended };
}

/** Until there is nothing left: the interrupted step may have started something while the rest was being stopped. */
async function stopAll(home: string): Promise<void> {
  while (await stopSupervisor(home));
}
