/** Waiting that can be cut short: by a poke, which is remembered when nobody waits, or for good by `end`. */
export interface WakeUp {
  poke(): void;
  /** Forgets the pokes so far: what they announced is about to be looked at. */
  forget(): void;
  /** Resolves after `ms`, or at once when poked, or when ended. */
  idle(ms: number): Promise<void>;
  /** Resolves after `ms` whatever is poked, or when ended. */
  rest(ms: number): Promise<void>;
  end(): void;
}

export function createWakeUp(): WakeUp {
  let poked = false;
  let ended = false;
  let wake: (() => void) | undefined;
  let pokeWakes = false;

  function wait(ms: number, untilPoked: boolean): Promise<void> {
    if (ended || (untilPoked && poked)) return Promise.resolve();
    pokeWakes = untilPoked;
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        wake = undefined;
        resolve();
      };
      const timer = setTimeout(done, ms);
      wake = done;
    });
  }

  return {
    poke() {
      poked = true;
      if (pokeWakes) wake?.();
    },
    forget() {
      poked = false;
    },
    idle: (ms) => wait(ms, true),
    rest: (ms) => wait(ms, false),
    end() {
      ended = true;
      wake?.();
    },
  };
}
