/** Lines for a person, each with the time since the command began. */
export interface Progress {
  line: (text: string) => void;
  /** Runs one step; says how long it took and, while it lasts, that it still does. */
  step: <T>(name: string, work: () => Promise<T>) => Promise<T>;
  /** The same for a step that gives signs of life by itself. */
  talkingStep: <T>(name: string, work: () => Promise<T>) => Promise<T>;
}

const signOfLifeMs = 2_000;

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
      const stepStartedAt = performance.now();
      const ticker = setInterval(() => line(`… ${name}, ${seconds(stepStartedAt)}`), signOfLifeMs);
      try {
        return await talkingStep(name, work);
      } finally {
        clearInterval(ticker);
      }
    },
  };
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
