import { defineConfig } from "vitest/config";

const everywhere = ["**/node_modules/**", "**/fixtures/**"];
const openHandles = "./cli/checks/fail-on-open-handles.ts";

// The suffix of a test file says what it costs and thereby which project runs it. `node cli/checks/test-file-names.ts`
// proves that every test file belongs to exactly one of them. The groups run one after the other: they share 2 cores.
export default defineConfig({
  test: {
    passWithNoTests: false,
    allowOnly: false,
    restoreMocks: true,
    reporters: ["default", "hanging-process"],
    projects: [
      {
        test: {
          name: "unit",
          include: ["**/*.test.ts"],
          exclude: [...everywhere, "**/*.int.test.ts", "**/*.flow.test.ts"],
          testTimeout: 5_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "int",
          include: ["**/*.int.test.ts"],
          exclude: everywhere,
          setupFiles: [openHandles],
          // More workers would only wait for the same two cores, and each holds a database schema of its own.
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "flow",
          include: ["**/*.flow.test.ts"],
          exclude: [...everywhere, "**/*.short-limits.flow.test.ts"],
          setupFiles: [openHandles],
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          // Needs the stack to run with short time limits (payment window, sweeper), hence a start of its own.
          name: "flow-short",
          include: ["**/*.short-limits.flow.test.ts"],
          exclude: everywhere,
          setupFiles: [openHandles],
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
