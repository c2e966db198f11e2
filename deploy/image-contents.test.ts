import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const read = (file: string) => readFileSync(join(root, file), "utf8");

/** Paths that the Dockerfile copies out of the build context into the image itself. */
function copied(dockerfile: string): string[] {
  return [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources]) => (sources ?? "").split(" "));
}

function entryFiles(compose: string): string[] {
  return [...new Set([...compose.matchAll(/\["node", "([^"]+\.ts)"\]/g)].map(([, file]) => file ?? ""))];
}

describe("the image", () => {
  const inImage = copied(read("deploy/Dockerfile"));
  const isCopied = (file: string) => inImage.some((path) => file === path || file.startsWith(`${path}/`));

  it("holds every file that docker-compose.yml starts", () => {
    const files = entryFiles(read("docker-compose.yml"));
    expect(files).toContain("services/orders/main.ts");
    expect(files.filter((file) => !isCopied(file))).toEqual([]);
  });

  it("holds what the deploy job imports beside itself", () => {
    const imported = [...read("deploy/prepare-stack.ts").matchAll(/from "(\.[^"]+)"/g)].map(([, path]) =>
      normalize(join(dirname("deploy/prepare-stack.ts"), path ?? "")),
    );
    expect(imported.filter((file) => !isCopied(file))).toEqual([]);
  });

  it("leaves nothing out of its build context that it copies", () => {
    const kept = new Set(
      [...read("deploy/Dockerfile.dockerignore").matchAll(/^!(.+)$/gm)].map(([, path]) => path ?? ""),
    );
    expect(inImage.filter((path) => !kept.has(path))).toEqual([]);
  });
});
