import { rmSync } from "node:fs";
import { join } from "node:path";

/** Deletes what a stack has written, by name: MALL_HOME may point to a folder that holds other things too. */
export function wipeHome(home: string): void {
  for (const folder of ["kafka", "registry", "mysql", "mysql.new", "redis", "run", "logs", "secrets"]) {
    rmSync(join(home, folder), { recursive: true, force: true });
  }
}
