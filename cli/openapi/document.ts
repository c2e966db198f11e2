/** The OpenAPI 3.1 document of the shop, from the same routes and schemas that check requests and answers. */
import type { Route } from "#platform/http/route.ts";
import { errorStatus } from "./error-codes.ts";
import type { Components, JsonObject } from "./json-schema.ts";
import { operation } from "./operation.ts";

export function openApiDocument(routes: readonly Route[]): JsonObject {
  const components: Components = { schemas: new Map(), responses: new Map() };
  const paths: Record<string, JsonObject> = {};
  for (const route of routes) {
    (paths[route.path] ??= {})[route.method.toLowerCase()] = operation(route, components);
  }
  return {
    openapi: "3.1.0",
    info: { title: "The mall", version: "1", description: DESCRIPTION },
    servers: [{ url: "/api" }],
    tags: [...new Set(routes.map(({ tag }) => tag))].sort().map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: SECURITY_SCHEMES,
      headers: HEADERS,
      responses: sorted(components.responses),
      schemas: { Problem: PROBLEM, ...sorted(components.schemas) },
    },
  };
}

function sorted(parts: ReadonlyMap<string, JsonObject>): JsonObject {
  return Object.fromEntries([...parts].sort(([left], [right]) => (left < right ? -1 : 1)));
}

const DESCRIPTION = [
  "Ids are decimal strings, money is a whole number of minor units beside a currency, times are RFC 3339 in UTC.",
  "Lists are `{items, nextCursor}`: the next page is asked for with `cursor`. Unknown fields and repeated query",
  "parameters are refused. Every refusal is a problem document (RFC 9457) with a stable `code`. A path that is not here",
  "is 404, a method that is not here 405. The order of events is that of `id`; `Last-Event-ID` resumes a stream.",
].join("\n");

const apiKey = (name: string, description: string) => ({ type: "apiKey", in: "header", name, description });
const SECURITY_SCHEMES = {
  bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "The access token of POST /auth/login." },
  keyId: apiKey("Mall-Key-Id", "The id of the key that signs."),
  created: apiKey("Mall-Created", "Unix seconds; valid for 60 s either way."),
  nonce: apiKey("Mall-Nonce", "16 to 64 letters, digits, dashes or underscores, never used before."),
  signature: apiKey(
    "Mall-Signature",
    "Hexadecimal HMAC-SHA256 over method, path, sorted query, hexadecimal SHA-256 of the body, key id, created and nonce, joined by line feeds.",
  ),
};
const HEADERS = {
  RequestId: { description: "The id of this request in our logs.", schema: { type: "string" } },
  RetryAfter: { description: "Seconds after which to try again.", schema: { type: "integer", minimum: 0 } },
  Location: { description: "Where what was made can be read.", schema: { type: "string" } },
  ETag: { description: "The version of what was read, for If-None-Match.", schema: { type: "string" } },
  IdempotencyReplayed: { description: "true: the answer to an earlier request.", schema: { const: "true" } },
  PreferenceApplied: { description: "The wait that was granted.", schema: { type: "string" } },
  RateLimit: { description: "What the limit leaves (r), until it is full again (t, s).", schema: { type: "string" } },
};
const FIELD_ERROR = {
  type: "object",
  properties: { path: { type: "string" }, message: { type: "string" } },
  required: ["path", "message"],
};
const PROBLEM = {
  type: "object",
  properties: {
    type: { const: "about:blank" },
    title: { type: "string" },
    status: { type: "integer" },
    code: { type: "string", enum: Object.keys(errorStatus) },
    requestId: { type: "string" },
    errors: { type: "array", items: FIELD_ERROR },
  },
  required: ["type", "title", "status", "code", "requestId"],
};
