import { enableCompileCache } from "node:module";
import { findCommand, usage } from "./commands.ts";

enableCompileCache();
const [name = "help", ...args] = process.argv.slice(2);
const load = findCommand(name);
if (load === undefined) {
  const asked = ["help", "--help", "-h"].includes(name);
  console[asked ? "log" : "error"](asked ? usage : `there is no command "${name}"\n\n${usage}`);
  process.exit(asked ? 0 : 2);
}
try {
  const run = await load();
  process.exitCode = await run(args);
} catch (error) {
  // A person reads this: the message says what to do, the stack would only hide it.
  console.error(`mall ${name}: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
