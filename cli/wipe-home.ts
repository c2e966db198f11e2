import { rmSync } from "node:fs";
import { join } from "node:path";

const dataFolders = ["kafka", "registry", "mysql", "mysql.new", "redis", "run", "secrets"];

/** Deletes what a stack has written, by name: MALL_HOME may point to a folder that holds other things too. Downloaded software stays. */
export function wipeHome(home: string, { keepLogs = false } = {}): void {
  for (const folder of keepLogs ? dataFolders : [...dataFolders, "logs"]) {
    rmSync(join(home, folder), { recursive: true, force: true });
  }
}
