import type { Command } from "./commands.ts";
export const test: Command = async () => 0;
