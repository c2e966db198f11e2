import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Report } from "../stack.ts";
import { runInstaller } from "./run-installer.ts";

const registryVersion = "2.6.13.Final";
// By its full name: the short one takes whatever version is the newest that day.
const dependencyPlugin = "org.apache.maven.plugins:maven-dependency-plugin:2.8";

export interface Downloader {
  maven: string;
  software: string;
  environment: Record<string, string>;
  logFile: string;
  report: Report;
}

/** Each folder exists only when it is complete: it is filled under another name and renamed. */
export function softwareFolders(software: string): { kafkaLibraries: string; registry: string; classArchives: string } {
  return {
    kafkaLibraries: join(software, "kafka-4.3.1"),
    registry: join(software, `apicurio-registry-${registryVersion}`),
    classArchives: join(software, "class-archives"),
  };
}

export function isJavaSoftwareComplete(software: string): boolean {
  const { kafkaLibraries, registry } = softwareFolders(software);
  return existsSync(kafkaLibraries) && existsSync(registry);
}

export async function downloadKafka(downloader: Downloader): Promise<void> {
  await fillFolder(softwareFolders(downloader.software).kafkaLibraries, async (folder) => {
    // Maven wants its project file in a folder it may write to.
    copyFileSync(join(import.meta.dirname, "kafka-pom.xml"), join(folder, "pom.xml"));
    await runMaven(downloader, {
      label: "downloading Kafka 4.3.1 (54 MB)",
      cwd: folder,
      goal: [`${dependencyPlugin}:copy-dependencies`, `-DoutputDirectory=${folder}`],
    });
  });
}

export async function downloadRegistry(downloader: Downloader): Promise<void> {
  await fillFolder(softwareFolders(downloader.software).registry, async (folder) => {
    const artifact = `io.apicurio:apicurio-registry-app:${registryVersion}:tar.gz:all`;
    await runMaven(downloader, {
      label: `downloading the schema registry ${registryVersion} (142 MB)`,
      cwd: folder,
      goal: [`${dependencyPlugin}:copy`, `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`],
    });
    const archive = join(folder, `apicurio-registry-app-${registryVersion}-all.tar.gz`);
    await runInstaller({ ...downloader, label: "unpacking it", command: "tar", args: ["-xzf", archive, "-C", folder] });
    rmSync(archive);
  });
}

function runMaven(downloader: Downloader, run: { label: string; cwd: string; goal: string[] }): Promise<void> {
  return runInstaller({
    label: run.label,
    command: downloader.maven,
    args: ["--batch-mode", "--quiet", ...run.goal],
    cwd: run.cwd,
    environment: downloader.environment,
    logFile: downloader.logFile,
    report: downloader.report,
  });
}

async function fillFolder(target: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const parent = join(target, "..");
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "download-"));
  try {
    await fill(folder);
    if (!existsSync(target)) renameSync(folder, target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
