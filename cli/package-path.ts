import { delimiter, join } from "node:path";
import type { CliConfig } from "./config.ts";

/** PATH with the installed packages first, so that tools and the `node` they start are those of package-lock.json. */
export function pathWithPackages(config: Pick<CliConfig, "root" | "searchPath">): string {
  return [join(config.root, "node_modules", ".bin"), ...config.searchPath].join(delimiter);
}
