/**
 * A circuit breaker around one instance of something called over the network. Opens when half of the attempts that
 * ended in the last three seconds failed, of three at least; what is running then is told to give up, what comes is
 * refused at once. It closes when the probe succeeds: no request of a client is spent on finding out. It never repeats an attempt.
 */
import CircuitBreaker from "opossum";

export interface Breaker {
  readonly isOpen: boolean;
  /** Runs the attempt; counts a rejection as a failure unless it is Unjudged. Rejects with EOPENBREAKER when open. */
  run(attempt: () => Promise<void>): Promise<void>;
  /** Hears when it opens, until the returned function is called. */
  onOpen(giveUp: () => void): () => void;
  close(): void;
}

/** The attempt ended for a reason that says nothing about the one who was asked: it counts neither way. */
export class Unjudged extends Error {
  override readonly name: string = "Unjudged";
}

/** The one who asked has gone. */
export class ClientLeft extends Unjudged {
  override readonly name = "ClientLeft";
}

const SETTINGS = {
  // Time limits belong to the attempt, which knows what it waits for.
  timeout: false,
  errorThresholdPercentage: 50,
  volumeThreshold: 3,
  rollingCountTimeout: 3_000,
  rollingCountBuckets: 3,
  rollingPercentilesEnabled: false,
  enableSnapshots: false,
  // Never by itself: it would spend a client's request. The probe closes it.
  resetTimeout: 2_147_483_647,
} as const;
const PROBE_EVERY_MS = 250;

/** `probe` resolves when the instance lives; `onChange` hears every change. */
export function createCircuitBreaker(options: {
  readonly name: string;
  probe(): Promise<void>;
  onChange(isOpen: boolean): void;
}): Breaker {
  // Told how attempts ended when they end. Were they run inside it, they would be counted when they began, and the
  // successes from before a standstill would outnumber the failures that come of it, each after its time limit.
  const circuit = new CircuitBreaker((attempt: Promise<void>) => attempt, { ...SETTINGS, name: options.name });
  const report = (attempt: Promise<void>): void => void circuit.fire(attempt).catch(() => undefined);
  const giveUps = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;
  const probeLater = (): void => {
    timer = setTimeout(() => void probe(), PROBE_EVERY_MS).unref();
  };
  const probe = async (): Promise<void> => {
    const lives = await options.probe().then(
      () => true,
      () => false,
    );
    if (!circuit.opened || circuit.isShutdown) return;
    if (lives) circuit.close();
    else probeLater();
  };
  circuit.on("open", () => {
    options.onChange(true);
    for (const giveUp of giveUps) giveUp();
    probeLater();
  });
  circuit.on("close", () => options.onChange(false));
  return {
    get isOpen() {
      return circuit.opened;
    },
    run(attempt) {
      if (circuit.opened) return Promise.reject(openError(options.name));
      const running = attempt();
      running.then(
        () => report(running),
        (error: unknown) => {
          if (!(error instanceof Unjudged)) report(running);
        },
      );
      return running;
    },
    onOpen(giveUp) {
      giveUps.add(giveUp);
      return () => giveUps.delete(giveUp);
    },
    close() {
      clearTimeout(timer);
      circuit.shutdown();
    },
  };
}

function openError(name: string): Error {
  return Object.assign(new Error(`the circuit of ${name} is open`), { code: "EOPENBREAKER" });
}
