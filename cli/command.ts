/** Runs with the arguments after its name; resolves with the exit code. */
export type Command = (args: string[]) => Promise<number>;
