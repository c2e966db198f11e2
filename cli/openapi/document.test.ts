import { describe, expect, it } from "vitest";
import { z } from "zod";
import { idText, pageFields, trimmedText } from "#platform/http/fields.ts";
import { type Route, route } from "#platform/http/route.ts";
import { openApiDocument } from "./document.ts";
import type { JsonObject } from "./json-schema.ts";

const thing = z.strictObject({ thingId: idText, name: z.string() });
const handle = async () => ({ status: 200 });
const plain = { tag: "things", access: "shopper", answers: { 200: thing }, handle } as const;

function documented(given: Partial<Route> & Pick<Route, "method" | "path">) {
  const made = openApiDocument([route({ ...plain, summary: "for tests", ...given } as never)]);
  const operation = (made["paths"] as Record<string, Record<string, JsonObject>>)[given.path]![
    given.method.toLowerCase()
  ]!;
  return { made, operation, components: made["components"] as Record<string, JsonObject> };
}

function responseOf(status: string, { operation, components }: ReturnType<typeof documented>): unknown {
  const { $ref } = (operation["responses"] as Record<string, { $ref: string }>)[status]!;
  return components["responses"]![$ref.split("/").at(-1)!];
}

describe("an operation", () => {
  it("takes what its schemas take, and shows what they show", () => {
    const { operation } = documented({
      method: "PUT",
      path: "/things/{thingId}",
      params: z.strictObject({ thingId: idText }),
      query: z.strictObject({ ...pageFields, sort: z.enum(["name", "newest"]) }),
      body: z.strictObject({ name: trimmedText(10), at: z.iso.datetime().optional() }),
    });
    const names = (operation["parameters"] as JsonObject[]).map((given) => [
      given["name"],
      given["in"],
      given["required"],
    ]);
    expect(names).toEqual([
      ["thingId", "path", true],
      ["cursor", "query", false],
      ["limit", "query", false],
      ["sort", "query", true],
    ]);
    expect((operation["parameters"] as JsonObject[])[2]!["schema"]).toEqual({
      type: "integer",
      minimum: 1,
      maximum: 100,
    });
    expect(operation["requestBody"]).toMatchObject({
      required: true,
      content: {
        "application/json": {
          schema: {
            required: ["name"],
            additionalProperties: false,
            properties: { name: { type: "string", maxLength: 10 }, at: { format: "date-time", pattern: "Z$" } },
          },
        },
      },
    });
    expect(operation["responses"]).toMatchObject({
      200: {
        content: { "application/json": { schema: { required: ["thingId", "name"], additionalProperties: false } } },
      },
    });
  });

  it("says of a text what its schema refuses by a function", () => {
    const { operation } = documented({
      method: "POST",
      path: "/things",
      body: z.strictObject({ name: trimmedText(10) }),
    });
    const body = operation["requestBody"] as {
      content: Record<string, { schema: { properties: Record<string, JsonObject> } }>;
    };
    const pattern = new RegExp(String(body.content["application/json"]!.schema.properties["name"]!["pattern"]));
    for (const text of ["a", " a ", "é", "👍"]) expect(pattern.test(text)).toBe(true);
    for (const text of ["", "  ", "\u3000", "a\u0000", "a\nb", "\u202ea"]) expect(pattern.test(text)).toBe(false);
  });

  it("may be refused as every route of its kind, and as it says itself", () => {
    const made = documented({ method: "POST", path: "/things", idempotencyKey: true, refusals: ["STOCK_SHORT"] });
    const refusals = Object.values(made.operation["responses"] as Record<string, { $ref?: string }>).flatMap(
      ({ $ref }) => $ref?.split("/").at(-1) ?? [],
    );
    expect(refusals).toEqual([
      "400.IDEMPOTENCY_KEY_MISSING.MALFORMED_JSON.VALIDATION_FAILED",
      "401.SIGNATURE_INVALID.UNAUTHENTICATED",
      "403.FORBIDDEN",
      "404.NOT_FOUND",
      "409.IDEMPOTENCY_KEY_IN_PROGRESS.STOCK_SHORT",
      "413.BODY_TOO_LARGE",
      "415.UNSUPPORTED_MEDIA_TYPE",
      "422.IDEMPOTENCY_KEY_REUSED",
      "429.RATE_LIMITED",
      "503.AUTH_UNAVAILABLE.SERVICE_UNAVAILABLE",
    ]);
    expect(responseOf("429", made)).toMatchObject({
      headers: { "Retry-After": {} },
      content: {
        "application/problem+json": { schema: { allOf: [{}, { properties: { code: { enum: ["RATE_LIMITED"] } } }] } },
      },
    });
  });

  it("cannot be refused with a code that the shop does not have", () => {
    expect(() => documented({ method: "GET", path: "/things", refusals: ["NO_LUCK"] })).toThrow("NO_LUCK");
  });

  it("shows a stream, and what refers to itself as a component", () => {
    const stream = documented({ method: "GET", path: "/live", answers: { 200: "event-stream" } });
    expect(stream.operation["responses"]).toMatchObject({ 200: { content: { "text/event-stream": {} } } });
    expect(stream.operation["parameters"]).toMatchObject([{ name: "Last-Event-ID", in: "header", required: false }]);
    const tree = z.strictObject({
      id: idText,
      get children() {
        return z.array(tree);
      },
    });
    const { operation, components } = documented({ method: "GET", path: "/tree", answers: { 200: z.array(tree) } });
    expect(JSON.stringify([operation, components])).not.toMatch(/"\$ref":"#(?!\/components\/)/);
    expect(components["schemas"]).toHaveProperty("getTreeAnswer200");
  });
});
