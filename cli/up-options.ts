import { parseArgs } from "node:util";
import { parseReplicas } from "./parse-replicas.ts";

export interface UpOptions {
  detached: boolean;
  fresh: boolean;
  replicas: Map<string, number>;
}

/** Throws for unknown options, and for backends this machine cannot run. */
export function parseUpOptions(args: string[]): UpOptions {
  const { values } = parseArgs({
    args,
    options: {
      detach: { type: "boolean", short: "d", default: false },
      fresh: { type: "boolean", default: false },
      replicas: { type: "string", default: "" },
      infra: { type: "string", default: "native" },
    },
  });
  if (values.infra !== "native") {
    throw new Error(`--infra ${values.infra}: only "native" is built in; for Docker see docker-compose.yml`);
  }
  return { detached: values.detach, fresh: values.fresh, replicas: parseReplicas(values.replicas) };
}
