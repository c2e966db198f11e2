import { rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkArchitecture } from "./architecture.ts";
import { fixtureNames, plantTree } from "./planted-tree.ts";

interface Rule {
  readonly name: string;
}

const rules = fixtureNames("architecture");
const settings = createRequire(import.meta.url)(join(import.meta.dirname, "../../.dependency-cruiser.cjs")) as {
  readonly forbidden: readonly Rule[];
};

const nameOf = (finding: string) => finding.split(": ")[1];

describe("architecture", () => {
  it("finds nothing in a tree that keeps every rule", async () => {
    using tree = plantTree([]);
    expect(await checkArchitecture(tree.root)).toEqual([]);
  });

  it.each(rules)("sees %s broken, and nothing else", async (rule) => {
    using tree = plantTree([`architecture/${rule}`]);
    const findings = await checkArchitecture(tree.root);
    expect(new Set(findings.map(nameOf)), findings.join("\n")).toEqual(new Set([rule]));
  });

  it("sees both a client and what platform starts with one outside main, but not the type of a client", async () => {
    using tree = plantTree(["architecture/only-main-builds-clients"]);
    const edges = (await checkArchitecture(tree.root)).map((finding) => finding.split(":")[0] ?? "");
    expect(edges.map((edge) => edge.replace(/ → .*node_modules\//, " → ")).toSorted()).toEqual([
      "services/cart/load-cart.ts → platform/kafka/client.ts",
      expect.stringMatching(/^services\/orders\/place-order.ts → ioredis\//),
    ]);
  });

  it("has a planted violation for every rule", () => {
    expect(settings.forbidden.map((rule) => rule.name).toSorted()).toEqual(rules);
  });

  it("fails when it sees no imports, as it would without a parser for TypeScript", async () => {
    using tree = plantTree([]);
    for (const folder of ["cli", "platform", "schemas", "services"])
      rmSync(join(tree.root, folder), { recursive: true });
    writeFileSync(join(tree.root, "topics/orders.order.v1.ts"), "");
    const [finding] = await checkArchitecture(tree.root);
    expect(finding).toContain("saw no TypeScript imports");
  });
});
