import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Report, StackError } from "../stack.ts";
import { aptInstall } from "./apt.ts";
import { downloadKafka, downloadRegistry, isJavaSoftwareComplete, softwareFolders } from "./download-java-software.ts";
import { existsSync } from "node:fs";
import { findExecutable, findJava } from "./executables.ts";
import type { Installed, NativeStackOptions } from "./native-options.ts";
import { removeForgottenPolicy } from "./service-start-policy.ts";

/** Brings everything the native servers need that is not there yet. Quick when nothing is missing. */
export async function installSoftware(options: NativeStackOptions, report: Report): Promise<Installed> {
  const logFile = join(options.home, "logs", "install.log");
  mkdirSync(options.software, { recursive: true });
  await removeForgottenPolicy();
  const { searchPath, environment } = options;
  const packages = missingPackages(options);
  if (packages.length > 0) await aptInstall({ packages, searchPath, environment, logFile, report });
  const folders = softwareFolders(options.software);
  if (!isJavaSoftwareComplete(options.software)) {
    const maven = required(findExecutable("mvn", searchPath), "maven");
    const downloader = { maven, software: options.software, environment, logFile, report };
    if (!existsSync(folders.kafkaLibraries)) await downloadKafka(downloader);
    if (!existsSync(folders.registry)) await downloadRegistry(downloader);
  }
  mkdirSync(folders.classArchives, { recursive: true });
  return { ...folders, ...findServers(searchPath) };
}

/** Debian packages to install, by what cannot be found; also what `doctor` reports. */
export function missingPackages(options: Pick<NativeStackOptions, "searchPath" | "software">): string[] {
  const { searchPath, software } = options;
  const missing: string[] = [];
  if (findJava(17, searchPath) === undefined) missing.push("openjdk-17-jre-headless");
  if (!isJavaSoftwareComplete(software) && findExecutable("mvn", searchPath) === undefined) missing.push("maven");
  if (findExecutable("mariadbd", searchPath) === undefined) missing.push("mariadb-server");
  if (findExecutable("redis-server", searchPath) === undefined) missing.push("redis-server");
  return missing;
}

function findServers(searchPath: string[]): Omit<Installed, "kafkaLibraries" | "registry" | "classArchives"> {
  return {
    java: required(findJava(17, searchPath), "openjdk-17-jre-headless"),
    mariadbd: required(findExecutable("mariadbd", searchPath), "mariadb-server"),
    mariadbInstallDb: required(findExecutable("mariadb-install-db", searchPath), "mariadb-server"),
    redisServer: required(findExecutable("redis-server", searchPath), "redis-server"),
  };
}

function required(path: string | undefined, debianPackage: string): string {
  if (path === undefined) throw new StackError(`still missing after the installation: ${debianPackage}`);
  return path;
}
