import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkBusinessNouns } from "./business-nouns.ts";
import { checkFileNames } from "./file-names.ts";
import { type PlantedTree, plantTree } from "./planted-tree.ts";
import { checkTestFileNames } from "./test-file-names.ts";
import { trackedFiles } from "./tracked-files.ts";
import { checkTrackedText } from "./tracked-text.ts";

function plantRepository(overlays: readonly string[]): PlantedTree {
  const tree = plantTree(overlays);
  execFileSync("git", ["init", "--quiet"], { cwd: tree.root });
  return tree;
}

const placesOf = (findings: readonly string[]) => findings.map((finding) => finding.split(": ")[0]);

describe("a tree that keeps every rule", () => {
  it("has no findings", () => {
    using tree = plantRepository([]);
    expect(checkBusinessNouns(tree.root)).toEqual([]);
    expect(checkFileNames(tree.root)).toEqual([]);
    expect(checkTestFileNames(trackedFiles(tree.root))).toEqual([]);
    expect(checkTrackedText(tree.root)).toEqual([]);
  });
});

describe("business nouns", () => {
  it("are found in platform, its comments and its tests", () => {
    using tree = plantRepository(["source/business-nouns"]);
    expect(placesOf(checkBusinessNouns(tree.root))).toEqual([
      "platform/outbox/outbox.test.ts:4",
      "platform/outbox/outbox.ts:1",
    ]);
  });
});

describe("test file names", () => {
  it("are found when no project runs them", () => {
    using tree = plantRepository(["source/test-file-names"]);
    expect(checkTestFileNames(trackedFiles(tree.root))).toEqual([
      expect.stringContaining("services/cart/cart.spec.ts: run by no project"),
    ]);
  });

  it.each(["a.test.ts", "a.int.test.ts", "a.flow.test.ts", "a.short-limits.flow.test.ts"])(
    "%s has one project",
    (name) => {
      expect(checkTestFileNames([`services/orders/${name}`])).toEqual([]);
    },
  );
});

describe("file names", () => {
  it("are found when they are drawers, barrels, misspelt, or tell another story than the file", () => {
    using tree = plantRepository(["source/file-names"]);
    expect(new Set(placesOf(checkFileNames(tree.root)))).toEqual(
      new Set([
        "platform/outbox/index.ts",
        "services/cart/cart-utils.ts",
        "services/cart/cartSize.ts",
        "services/cart/reactions/clear-cart-on-cart-status-changed.ts",
        "services/cart/utils/size.ts",
        "services/payment",
        "topics/cart.cart.v1.ts",
      ]),
    );
  });
});

describe("tracked text", () => {
  // Put together here, so that this file itself holds none of them.
  const planted = [
    ["absolute path", `const home = "${["", "home", "me", "mall"].join("/")}";`],
    ["registry host", `"resolved": "https://registry.${"npmjs.org"}/koa/-/koa-3.3.0.tgz",`],
    ["private key", `-----BEGIN ${"PRIVATE"} KEY-----`],
    ["secret", `const password = "${"c2VjcmV0".repeat(4)}";`],
    ["unowned to-do", `// ${"TO"}DO: later`],
  ] as const;

  it.each(planted)("shows %s", (name, line) => {
    using tree = plantRepository([]);
    writeFileSync(join(tree.root, "services/cart/notes.ts"), `\n${line}\n`);
    expect(checkTrackedText(tree.root)).toEqual([expect.stringContaining(`services/cart/notes.ts:2: ${name}`)]);
  });
});
