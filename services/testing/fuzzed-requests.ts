/** Requests of an operation: as documented, nearly so, and as nobody who means well would send them. */
import fc from "fast-check";
import type { Operation, Parameter } from "./api-document.ts";
import { hostileValue, type Known, nearlyValidValue, validValue } from "./fuzzed-values.ts";

export interface FuzzedRequest {
  /** Path below `/api` and query, as they go over the wire. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | undefined;
}

interface Body {
  readonly contentType: string | undefined;
  readonly content: string | Buffer | undefined;
}

const extraHeaders: readonly Readonly<Record<string, string>>[] = [
  { "x-user-id": "1", "x-user-roles": "ops" },
  { "x-forwarded-for": "127.0.0.1", forwarded: "for=127.0.0.1" },
  { "mall-identity": "v1.e30.AAAA" },
  { "x-http-method-override": "DELETE" },
  { accept: "text/html" },
  { "x-request-id": "../../<b>" },
  { traceparent: "00-zz-zz-zz" },
  { authorization: "Bearer e30.e30.e30" },
  { authorization: "Basic Og==" },
  { "mall-key-id": "__proto__", "mall-created": "0", "mall-nonce": "x".repeat(16), "mall-signature": "0".repeat(64) },
  { "content-encoding": "gzip" },
  { origin: "http://evil.example" },
  { cookie: "a=b; c" },
];

const headerText = (text: string): string => text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, "?").slice(0, 400);
const odd = <T>(often: fc.Arbitrary<T>, seldom: fc.Arbitrary<T>, weight = 3): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: often }, { weight: 1, arbitrary: seldom });

export function requestsOf(operation: Operation, known: Known): fc.Arbitrary<FuzzedRequest> {
  const inPlace = (place: Parameter["in"]): Parameter[] => operation.parameters.filter((one) => one.in === place);
  const params = fc.record(Object.fromEntries(inPlace("path").map((one) => [one.name, segment(one, known)])));
  const parts = fc.tuple(
    params,
    queryOf(inPlace("query"), known),
    headersOf(inPlace("header")),
    bodyOf(operation, known),
  );
  return parts.map(([values, query, headers, { contentType, content }]) => {
    const path = operation.path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => String(values[name]));
    const typed: Record<string, string> = contentType === undefined ? {} : { "content-type": contentType };
    return { target: query === "" ? path : `${path}?${query}`, headers: { ...typed, ...headers }, body: content };
  });
}

function segment({ name, schema }: Parameter, known: Known): fc.Arbitrary<string> {
  // An empty segment or one of dots alone would be another path.
  const hostile = hostileValue.map((value) => encode(textOf(value).slice(0, 200))).filter((text) => /[^.]/.test(text));
  return odd(
    validValue(schema, known, name).map((value) => encode(textOf(value))),
    hostile,
  );
}

function queryOf(parameters: readonly Parameter[], known: Known): fc.Arbitrary<string> {
  const valid = parameters.map(({ name, schema, required }) => {
    const pair = validValue(schema, known, name).map((value) => `${name}=${encode(textOf(value))}`);
    // A cursor is one that was given out; hardly any other text is.
    return required ? pair : odd(fc.constant(""), pair, name === "cursor" ? 12 : 1);
  });
  const wrong = fc.oneof(
    fc
      .tuple(fc.constantFrom("unknown", "__proto__", ...parameters.map(({ name }) => name)), hostileValue)
      .map(([name, value]) => `${name}=${encode(textOf(value).slice(0, 2_000))}`),
    fc.constantFrom(
      "limit=1&limit=2",
      "limit[]=1",
      "limit=%zz",
      "cursor=%00",
      "&&==",
      "a=%ff%fe",
      "constructor[prototype]=1",
    ),
  );
  const extra = odd(fc.constant(""), wrong);
  return fc.tuple(...valid, extra).map((pairs) => pairs.filter((pair) => pair !== "").join("&"));
}

function headersOf(parameters: readonly Parameter[]): fc.Arbitrary<Record<string, string>> {
  const values: Readonly<Record<string, fc.Arbitrary<string>>> = {
    "Idempotency-Key": odd(fc.uuid(), fc.constantFrom("", "same key", "k", "x".repeat(256), "ké")),
    Prefer: fc.constantFrom("wait=1", "wait=1", "wait=0", "wait=-1", "wait=1e9", "respond-async, wait=1", "wait"),
    "If-None-Match": fc.constantFrom("*", '"x"', 'W/"1", "2"', '"', ""),
    "Last-Event-ID": fc.constantFrom("0", "1", "-1", "999999999999", "x"),
  };
  const named = parameters.map(({ name, required }) => {
    const value = values[name] ?? hostileValue.map(textOf);
    const pair = value.map((text): Record<string, string> => ({ [name]: headerText(text) }));
    return required ? odd(pair, fc.constant({}), 9) : odd(pair, fc.constant({}), 1);
  });
  const extra = odd(fc.constant({}), fc.constantFrom(...extraHeaders), 5);
  return fc.tuple(...named, extra).map((pairs) => Object.assign({}, ...pairs) as Record<string, string>);
}

const otherTypes = ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "a/b;c", ""];
const nothing: Body = { contentType: undefined, content: undefined };

function bodyOf({ body, method }: Operation, known: Known): fc.Arbitrary<Body> {
  const jsonOf = (value: fc.Arbitrary<unknown>): fc.Arbitrary<Body> =>
    value.map((made) => ({ contentType: "application/json", content: JSON.stringify(made) ?? "" }));
  if (body === undefined) {
    return method === "GET" || method === "DELETE"
      ? fc.constant(nothing)
      : odd(fc.constant(nothing), fc.oneof(jsonOf(hostileValue), broken("application/json")));
  }
  const { contentType, schema } = body;
  if (contentType === "text/csv") return fc.oneof(csv(known), jsonOf(hostileValue), broken(contentType));
  const valid = jsonOf(validValue(schema, known));
  const mistyped = fc
    .tuple(valid, fc.constantFrom(...otherTypes))
    .map(([{ content }, type]) => ({ contentType: type, content }));
  return fc.oneof(
    { weight: 10, arbitrary: valid },
    { weight: 10, arbitrary: jsonOf(nearlyValidValue(schema, known)) },
    { weight: 2, arbitrary: jsonOf(hostileValue) },
    { weight: 2, arbitrary: broken(contentType) },
    { weight: 1, arbitrary: mistyped },
    { weight: 1, arbitrary: fc.constant(nothing) },
  );
}

function broken(contentType: string): fc.Arbitrary<Body> {
  const contents = [
    "{", '{"a":1', '{"a":1,"a":2}', '{"a":}', "[1,]", "\ufeff{}", "", "nul", "1e999", '"\\ud800"', '{"__proto__":{"x":1}}',
    "[".repeat(5_000), `{"a":"${"x".repeat(70_000)}"}`, Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
  ]; // prettier-ignore
  return fc.constantFrom(...contents).map((content) => ({ contentType, content }));
}

function csv(known: Known): fc.Arbitrary<Body> {
  const header = "product_code,product_name,category,brand,sku_code,price_cents,stock,attribute:size";
  const first = (name: string): string => textOf(known[name]?.[0] ?? "1");
  const valid = fc
    .nat(99)
    .map((n) => `FZ-${n},Name ${n},${first("categoryId")},${first("brandId")},FZ-${n}-A,${n},${n},A${n}`);
  const hostile = fc
    .array(
      hostileValue.map((value) => textOf(value).slice(0, 300)),
      { maxLength: 9 },
    )
    .map((cells) => cells.join(","));
  const line = fc.oneof(valid, hostile, fc.constantFrom('"', '"unclosed,', ",,,,,,,", '=cmd|"/c calc"!A1'));
  const top = odd(
    fc.constant(header),
    fc.constantFrom("", "a,b", `${header},${header}`, `${header},attribute:__proto__`),
    5,
  );
  return fc
    .tuple(top, fc.array(line, { maxLength: 5 }), fc.constantFrom("\n", "\r\n", "\r"))
    .map(([heading, lines, end]) => ({
      contentType: "text/csv",
      content: [heading, ...lines].join(end),
    }));
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Lone surrogates cannot go into a URL; as bytes they are one more invalid sequence. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
