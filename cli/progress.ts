/** Lines for a person, each with the time since the command began. */
export interface Progress {
  line: (text: string) => void;
  /** Runs one step; says how long it took and, while it lasts, that it still does. */
  step: <T>(name: string, work: () => Promise<T>) => Promise<T>;
  /** The same for a step that gives signs of life by itself. */
  talkingStep: <T>(name: string, work: () => Promise<T>) => Promise<T>;
}

// Nobody waits longer than a second without seeing that something happens; after that a line every second would hide the others.
const firstSignMs = 1_000;
const signEveryMs = 2_000;

export function startProgress(write: (line: string) => void = (line) => console.log(line)): Progress {
  const startedAt = performance.now();
  const line = (text: string): void => write(`${seconds(startedAt).padStart(7)}  ${text}`);
  const talkingStep = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const stepStartedAt = performance.now();
    const result = await work();
    line(`${name}: ${seconds(stepStartedAt)}`);
    return result;
  };
  return {
    line,
    talkingStep,
    async step(name, work) {
      const fallSilent = giveSignsOfLife((elapsed) => line(`… ${name}, ${elapsed}`));
      try {
        return await talkingStep(name, work);
      } finally {
        fallSilent();
      }
    },
  };
}

/** Calls `say` after the first second and then every two, with the time since now. Returns what ends it. */
export function giveSignsOfLife(say: (elapsed: string) => void): () => void {
  const startedAt = performance.now();
  let timer: NodeJS.Timeout;
  const sign = (): void => {
    timer = setTimeout(sign, signEveryMs);
    say(seconds(startedAt));
  };
  timer = setTimeout(sign, firstSignMs);
  return () => clearTimeout(timer);
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
