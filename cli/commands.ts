/** Runs with the arguments after its name; resolves with the exit code. */
export type Command = (args: string[]) => Promise<number>;

interface CommandEntry {
  name: string;
  synopsis: string;
  does: string;
  /** Loaded on demand: `status` should not pay for the imports of `up`. */
  load: () => Promise<Command>;
}

const commands: CommandEntry[] = [
  {
    name: "infra",
    synopsis: "infra",
    does: "start only Kafka, registry, database and Redis; print where they are (for developers)",
    load: async () => (await import("./infra.ts")).infra,
  },
  {
    name: "down",
    synopsis: "down [--wipe]",
    does: "stop everything; --wipe also deletes the data",
    load: async () => (await import("./down.ts")).down,
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
