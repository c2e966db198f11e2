import type { Command } from "./command.ts";

interface CommandEntry {
  name: string;
  synopsis: string;
  does: string;
  /** Loaded on demand: `status` should not pay for the imports of `up`. */
  load: () => Promise<Command>;
}

const commands: CommandEntry[] = [
  {
    name: "up",
    synopsis: "up [-d] [--fresh] [--replicas orders=2,…]",
    does: "start the shop; -d returns when it is ready, else events are shown until Ctrl-C",
    load: async () => (await import("./up.ts")).up,
  },
  {
    name: "down",
    synopsis: "down [--wipe]",
    does: "stop everything; --wipe also deletes the data",
    load: async () => (await import("./down.ts")).down,
  },
  {
    name: "status",
    synopsis: "status [--json]",
    does: "what runs, on which port, ready or not, memory",
    load: async () => (await import("./status.ts")).status,
  },
  {
    name: "order",
    synopsis: "order [--json]",
    does: "place one order through the edge and print its timeline",
    load: async () => (await import("./order.ts")).order,
  },
  {
    name: "callback",
    synopsis: "callback PAYMENT_ID succeed|decline",
    does: "play the payment gateway: a signed notification",
    load: async () => (await import("./callback.ts")).callback,
  },
  {
    name: "seed",
    synopsis: "seed",
    does: "add the demo data that is missing",
    load: async () => (await import("./seed.ts")).seed,
  },
  {
    name: "check",
    synopsis: "check",
    does: "static checks and unit tests, under a minute",
    load: async () => (await import("./check.ts")).check,
  },
  {
    name: "test",
    synopsis: "test [unit|int|flow]",
    does: "all tests, on a stack of their own",
    load: async () => (await import("./test.ts")).test,
  },
  {
    name: "doctor",
    synopsis: "doctor",
    does: "what is missing or odd on this machine",
    load: async () => (await import("./doctor.ts")).doctor,
  },
  {
    name: "infra",
    synopsis: "infra",
    does: "start only Kafka, registry, database and Redis; print where they are (for developers)",
    load: async () => (await import("./infra.ts")).infra,
  },
];

export const usage = [
  "usage: ./mall COMMAND",
  "",
  ...commands.map(({ synopsis, does }) => `  ${synopsis.padEnd(46)} ${does}`),
  "",
  "MALL_HOME (default .mall) holds all state and logs; MALL_PORT_OFFSET shifts every port.",
].join("\n");

export function findCommand(name: string): (() => Promise<Command>) | undefined {
  return commands.find((command) => command.name === name)?.load;
}
