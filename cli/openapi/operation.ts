import type { z } from "zod";
import type { Route } from "#platform/http/route.ts";
import { errorStatus } from "./error-codes.ts";
import { type Components, type JsonObject, jsonSchema } from "./json-schema.ts";

/** One route as an OpenAPI operation. Throws when it names an error code that the shop does not have. */
export function operation(route: Route, components: Components): JsonObject {
  const { tag, summary, access } = route;
  const operationId = operationIdOf(route);
  const body = requestBody(route, operationId, components);
  return {
    operationId,
    tags: [tag],
    summary,
    "x-access": access,
    security: securityOf(route),
    parameters: [
      ...parametersIn(route, "path", components),
      ...parametersIn(route, "query", components),
      ...headers(route),
    ],
    ...(body === undefined ? {} : { requestBody: body }),
    responses: { ...answers(route, operationId, components), ...refusals(route, components) },
  };
}

/** `GET /orders/{orderId}/events` → getOrdersOrderIdEvents */
function operationIdOf({ method, path }: Route): string {
  const words = path.match(/\w+/g) ?? [];
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}

const SIGNATURE = { keyId: [], created: [], nonce: [], signature: [] };

function securityOf({ access }: Route): readonly JsonObject[] {
  if (access === "anyone") return [];
  return access === "signed" ? [SIGNATURE] : [{ bearer: [] }, SIGNATURE];
}

function parametersIn(route: Route, place: "path" | "query", components: Components): JsonObject[] {
  const schema = place === "path" ? route.params : route.query;
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => String(name));
  if (schema === undefined) {
    const text = { type: "string", pattern: "^[A-Za-z0-9_-]{1,64}$" };
    return place === "path" ? names.map((name) => ({ name, in: place, required: true, schema: text })) : [];
  }
  const made = jsonSchema(schema, { io: "input", name: `${operationIdOf(route)}Query`, components });
  const required = new Set(made["required"] as string[] | undefined);
  return Object.entries((made["properties"] ?? {}) as Record<string, JsonObject>).map(([name, property]) => ({
    name,
    in: place,
    required: place === "path" || required.has(name),
    schema: property,
  }));
}

function headers(route: Route): JsonObject[] {
  const text = { type: "string" };
  const isStream = Object.values(route.answers).includes("event-stream");
  const key = { ...text, pattern: "^[\\x21-\\x7e]{1,255}$" };
  return [
    ...(route.idempotencyKey ? [{ name: "Idempotency-Key", in: "header", required: true, schema: key }] : []),
    ...(route.mayWait && !isStream ? [{ name: "Prefer", in: "header", required: false, schema: text }] : []),
    ...(isStream ? [{ name: "Last-Event-ID", in: "header", required: false, schema: text }] : []),
    ...(304 in route.answers ? [{ name: "If-None-Match", in: "header", required: false, schema: text }] : []),
  ];
}

function requestBody({ body, bodyType = "application/json" }: Route, operationId: string, components: Components) {
  if (body === undefined) return undefined;
  const schema = jsonSchema(body, { io: "input", name: `${operationId}Body`, components });
  return { required: !body.safeParse(undefined).success, content: { [bodyType]: { schema } } };
}

function answers(route: Route, operationId: string, components: Components): JsonObject {
  return Object.fromEntries(
    Object.entries(route.answers).map(([status, answer]) => {
      const content = contentOf(route, answer, { name: `${operationId}Answer${status}`, components });
      const described = {
        description: DESCRIPTIONS[Number(status)] ?? "As asked",
        headers: answerHeaders(route, status),
      };
      return [status, content === undefined ? described : { ...described, content }];
    }),
  );
}

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  200: "Done",
  201: "Made",
  202: "Taken; what is to come is still open",
  204: "Done; there is nothing to say",
  304: "Not changed since",
};

function contentOf(
  route: Route,
  answer: z.ZodType | null | "event-stream" | undefined,
  options: { name: string; components: Components },
): JsonObject | undefined {
  if (answer === null || answer === undefined) return undefined;
  if (answer === "event-stream") return { "text/event-stream": { schema: { type: "string" } } };
  return { [route.answerType ?? "application/json"]: { schema: jsonSchema(answer, { io: "output", ...options }) } };
}

function answerHeaders(route: Route, status: string): JsonObject {
  return {
    ...namedHeader("X-Request-Id", "RequestId"),
    ...namedHeader("RateLimit", "RateLimit"),
    ...(status === "201" || status === "202" ? namedHeader("Location", "Location") : {}),
    ...(304 in route.answers ? namedHeader("ETag", "ETag") : {}),
    ...(route.idempotencyKey ? namedHeader("Idempotency-Replayed", "IdempotencyReplayed") : {}),
    ...(route.mayWait ? namedHeader("Preference-Applied", "PreferenceApplied") : {}),
  };
}

function namedHeader(name: string, component: string): JsonObject {
  return { [name]: { $ref: `#/components/headers/${component}` } };
}

/** By status: the codes every route of this kind can answer, and those it names itself. */
function refusals(route: Route, { responses }: Components): JsonObject {
  const byStatus = new Map<number, string[]>();
  for (const code of new Set([...commonCodes(route), ...(route.refusals ?? [])])) {
    const status = errorStatus[code];
    if (status === undefined) throw new Error(`${route.method} ${route.path} refuses with ${code}, which is no code`);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code].sort());
  }
  const sorted = [...byStatus].sort(([left], [right]) => left - right);
  return Object.fromEntries(
    sorted.map(([status, codes]) => {
      const name = [status, ...codes].join(".");
      responses.set(name, refusal(status, codes));
      return [String(status), { $ref: `#/components/responses/${name}` }];
    }),
  );
}

function refusal(status: number, codes: readonly string[]): JsonObject {
  const own = { properties: { status: { const: status }, code: { enum: codes } } };
  const mayPass = status === 429 || status === 503 || codes.some((code) => code.endsWith("_YET"));
  return {
    description: codes.join(", "),
    headers: {
      ...namedHeader("X-Request-Id", "RequestId"),
      ...(mayPass ? namedHeader("Retry-After", "RetryAfter") : {}),
    },
    content: { "application/problem+json": { schema: { allOf: [{ $ref: "#/components/schemas/Problem" }, own] } } },
  };
}

function commonCodes(route: Route): string[] {
  const { access, method, idempotencyKey, params } = route;
  const takesBody = method !== "GET" && method !== "DELETE";
  const needsCaller = access !== "anyone" && access !== "signed";
  return [
    "VALIDATION_FAILED",
    "FORBIDDEN",
    "RATE_LIMITED",
    "SERVICE_UNAVAILABLE",
    ...(takesBody ? ["MALFORMED_JSON", "BODY_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"] : []),
    ...(needsCaller ? ["UNAUTHENTICATED", "SIGNATURE_INVALID", "AUTH_UNAVAILABLE"] : []),
    ...(access === "signed" ? ["SIGNATURE_INVALID", "AUTH_UNAVAILABLE"] : []),
    ...(needsCaller || params !== undefined ? ["NOT_FOUND"] : []),
    ...(idempotencyKey ? ["IDEMPOTENCY_KEY_MISSING", "IDEMPOTENCY_KEY_IN_PROGRESS", "IDEMPOTENCY_KEY_REUSED"] : []),
    ...(hasCursor(route) ? ["CURSOR_INVALID"] : []),
  ];
}

function hasCursor({ query }: Route): boolean {
  return query !== undefined && "shape" in query && "cursor" in (query.shape as object);
}
