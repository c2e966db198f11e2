import type { Command } from "./commands.ts";
export const check: Command = async () => 0;
