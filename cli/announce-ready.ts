import type { StackProcess } from "#platform/stack/stack.ts";
import type { Progress } from "./progress.ts";

/** Says of each process, once, that it is ready. To be called with every state that is seen. */
export function announceReady(progress: Progress): (processes: StackProcess[]) => void {
  const announced = new Set<string>();
  return (processes) => {
    for (const { name, port } of processes.filter(({ ready }) => ready)) {
      if (!announced.has(name)) progress.line(`${name} ready on port ${port}`);
      announced.add(name);
    }
  };
}
