import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { ProcessSpec } from "../processes/supervised-process.ts";
import { classArchive } from "./class-archive.ts";
import type { Installed, NativeStackOptions } from "./native-options.ts";
import { httpAnswers } from "./probes.ts";

const runner = "apicurio-registry-app-2.6.13.Final-runner.jar";

/** The schema registry with its schemas in a file, so that schema ids survive restarts: they are part of every stored event. */
export function registryServer(options: NativeStackOptions, installed: Installed): ProcessSpec {
  const folder = join(options.home, "registry");
  mkdirSync(folder, { recursive: true });
  const archive = classArchive(join(installed.classArchives, "registry.jsa"));
  const port = options.ports.schemaRegistry;
  const jvmOptions = ["-Xms64m", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", ...archive.jvmOptions];
  return {
    name: "schema-registry",
    command: installed.java,
    args: [...jvmOptions, "-jar", join(installed.registry, runner)],
    cwd: folder,
    environment: {
      ...options.environment,
      QUARKUS_HTTP_HOST: "127.0.0.1",
      QUARKUS_HTTP_PORT: String(port),
      REGISTRY_DATASOURCE_URL: `jdbc:h2:file:${join(folder, "schemas")}`,
    },
    port,
    logFile: join(options.home, "logs", "schema-registry.log"),
    probe: () => httpAnswers(`${registryUrl(port)}/subjects`),
    // Writing its class archive takes a few seconds, on a busy machine many.
    stopDeadlineMs: 60_000,
    afterExit: archive.afterExit,
  };
}

export function registryUrl(port: number): string {
  return `http://127.0.0.1:${port}/apis/ccompat/v7`;
}
