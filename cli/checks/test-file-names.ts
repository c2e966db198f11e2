import { matchesGlob } from "node:path";
import config from "../../vitest.config.ts";
import { report } from "./report.ts";
import { trackedFiles } from "./tracked-files.ts";

interface Project {
  readonly name: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

const projects = (config.test?.projects ?? []).map((project) => (project as unknown as { test: Project }).test);
const looksLikeTest = /\.(?:test|tests|spec)\.[cm]?[jt]sx?$|(?:^|\/)__tests__\/|[-_]spec\.ts$|_test\.ts$/;

const matches = (file: string, globs: readonly string[]) => globs.some((glob) => matchesGlob(file, glob));

/** Every test file must belong to exactly one vitest project: in none it never runs, in two it runs twice. */
export function checkTestFileNames(files: readonly string[]): string[] {
  return files
    .filter((file) => looksLikeTest.test(file))
    .flatMap((file) => {
      const owners = projects.filter(({ include, exclude }) => matches(file, include) && !matches(file, exclude));
      if (owners.length === 1) return [];
      const names = owners.map(({ name }) => name).join(" and ") || "no project";
      return [
        `${file}: run by ${names}. End it in .test.ts, .int.test.ts, .flow.test.ts or .short-limits.flow.test.ts.`,
      ];
    });
}

if (import.meta.main) report(checkTestFileNames(trackedFiles(process.cwd())));
