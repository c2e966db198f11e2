export interface Check {
  readonly name: string;
  readonly command: readonly string[];
}

/** What `./mall check` runs at the root of the repository, node_modules/.bin first in PATH; exit code 0 means kept. */
export const checks: readonly Check[] = [
  { name: "format", command: ["oxfmt", "--check", "."] },
  { name: "lint", command: ["oxlint"] },
  { name: "types", command: ["tsc", "--noEmit"] },
  { name: "architecture", command: ["node", "cli/checks/architecture.ts"] },
  { name: "test file names", command: ["node", "cli/checks/test-file-names.ts"] },
  { name: "business nouns", command: ["node", "cli/checks/business-nouns.ts"] },
  { name: "tracked text", command: ["node", "cli/checks/tracked-text.ts"] },
  { name: "file names", command: ["node", "cli/checks/file-names.ts"] },
  { name: "event types", command: ["node", "schemas/generate-event-types.ts", "--check"] },
  { name: "route table", command: ["node", "cli/generate-route-table.ts", "--check"] },
  { name: "API document", command: ["node", "cli/generate-openapi.ts", "--check"] },
  { name: "schema compatibility", command: ["node", "schemas/check-compatibility.ts"] },
  { name: "compose", command: ["node", "cli/checks/compose.ts"] },
  { name: "unit tests", command: ["vitest", "run", "--project", "unit"] },
];
