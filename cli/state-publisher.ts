import { type SupervisorState, writeState } from "./supervisor-state.ts";

const retryMs = 1_000;

/**
 * Keeps the state file up to date. It is called from exit handlers and timers, where an exception would end the supervisor and orphan
 * the whole shop, so a write that fails (full disk, no file descriptor left) is said once and repeated until it works.
 */
export class StatePublisher {
  readonly #home: string;
  readonly #read: () => SupervisorState;
  readonly #say: (line: string) => void;
  #retry: NodeJS.Timeout | undefined;
  #failing = false;

  constructor(home: string, read: () => SupervisorState, say: (line: string) => void) {
    this.#home = home;
    this.#read = read;
    this.#say = say;
  }

  publish(): void {
    clearTimeout(this.#retry);
    try {
      writeState(this.#home, this.#read());
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#say(`cannot write the state, trying again every second: ${String(error)}`);
      this.#failing = true;
      this.#retry = setTimeout(() => this.publish(), retryMs);
    }
  }

  close(): void {
    clearTimeout(this.#retry);
  }
}
