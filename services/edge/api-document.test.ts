import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type ApiDocument, documentPage } from "./document-page.ts";
import { routeTable } from "./route-table.ts";

const text = readFileSync(new URL("./openapi.json", import.meta.url), "utf8");
const document = JSON.parse(text) as ApiDocument;
const operations = Object.entries(document.paths).flatMap(([path, byMethod]) =>
  Object.entries(byMethod).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
);

describe("the API document", () => {
  it("names exactly what the edge lets in, and for whom", () => {
    const documented = operations.map(({ method, path, operation }) => `${method} ${path} ${operation["x-access"]}`);
    const offered = routeTable.map(({ method, path, access }) => `${method} ${path} ${access}`);
    expect(documented.sort()).toEqual(offered.sort());
  });

  it("gives every operation a success, the refusals of every route, and names of its own", () => {
    const ids = new Set<unknown>();
    for (const { operation, method } of operations) {
      const forSome = operation["x-access"] === "anyone" ? [] : ["401"];
      const forBodies = method === "GET" || method === "DELETE" ? [] : ["413", "415"];
      const statuses = Object.keys(operation.responses);
      expect(statuses.some((status) => status.startsWith("2"))).toBe(true);
      expect(statuses).toEqual(expect.arrayContaining(["400", "403", "429", "503", ...forSome, ...forBodies]));
      ids.add((operation as unknown as { operationId: string }).operationId);
    }
    expect(ids.size).toBe(operations.length);
  });

  it("refers only to what is in it", () => {
    for (const [, path] of text.matchAll(/"\$ref":\s*"([^"]+)"/g)) {
      expect(path).toMatch(/^#\/components\//);
      const found = path!
        .slice(2)
        .split("/")
        .reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], document);
      expect(found, path).toBeDefined();
    }
  });
});

describe("the page of the document", () => {
  it("shows every operation, and loads nothing from anywhere", () => {
    const { html } = documentPage(document);
    for (const { method, path } of operations) expect(html).toContain(`<code>${method} ${path}</code>`);
    expect(html).not.toMatch(/<script|<link|<img|src=|@import|url\(|https?:\/\/(?!json-schema)/);
  });

  it("shows what a text says, and not what it would do", () => {
    const info = { title: "<script>alert(1)</script>", version: "1", description: "a & b" };
    const { html } = documentPage({ ...document, info });
    expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(html).toContain("a &amp; b");
  });
});
