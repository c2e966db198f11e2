import type { StackEndpoints } from "#platform/stack/stack.ts";
import { isSupervisorAlive, readState, type SupervisorState } from "./supervisor-state.ts";

export interface RunningStack {
  state: SupervisorState;
  endpoints: StackEndpoints;
  /** Origin of the edge, without `/api`. */
  edge: string;
}

/** The stack of this home as it runs. Throws when it does not. */
export function runningStack(home: string): RunningStack {
  const state = readState(home);
  if (!isSupervisorAlive(state) || state.endpoints === undefined) {
    throw new Error(`nothing runs in ${home}; start it with: ./mall up -d`);
  }
  const edge = state.processes.find(({ name }) => name === "edge");
  return { state, endpoints: state.endpoints, edge: `http://127.0.0.1:${edge?.port ?? 0}` };
}
