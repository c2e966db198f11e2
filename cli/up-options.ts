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
    throw new Error(
      [
        `--infra ${values.infra}: ./mall runs native servers only. Leave the option out, or run the shop on Docker yourself:`,
        "  node_modules/.bin/node deploy/write-env-file.ts",
        "  docker compose --env-file .mall/compose.env up --build --wait",
      ].join("\n"),
    );
  }
  return { detached: values.detach, fresh: values.fresh, replicas: parseReplicas(values.replicas) };
}
