import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { Pool } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { integer, readConfig } from "#platform/config/config.ts";
import { signRequest, type SignatureHeaders } from "#platform/security/request-signing.ts";
import type { TableRoute } from "./edge/match-route.ts";
import { routeTable } from "./edge/route-table.ts";
import { faultOf, type RawAnswer } from "./testing/answer-faults.ts";
import { type Operation, readOperations } from "./testing/api-document.ts";
import { findingsAtRest } from "./testing/at-rest.ts";
import { flowStack } from "./testing/flow-stack.ts";
import { type Belongings, type CallerName, gatherBelongings } from "./testing/fuzz-belongings.ts";
import { type FuzzedRequest, requestsOf } from "./testing/fuzzed-requests.ts";
import { Visitor } from "./testing/shop.ts";

// Give the seed that a red run names to see the same requests again.
const { seed } = readConfig({ seed: integer("FUZZ_SEED", { default: Date.now() % 2 ** 31, min: 0 }) });
const RUNS = { in: 100, out: 5 };
// Together under a minute, whatever happens. Those that wait for what they do not know yet get more.
const PER_OPERATION_MS = 600;
const WAITING_MS = 4_000;
const waiting = new Set(["POST /cart/items", "POST /orders", "POST /payments"]);

const callers = ["nobody", "shopper", "merchant", "ops", "gateway"] as const satisfies readonly CallerName[];
// What deletes comes last, or nothing would be left to read and to change.
const takesAway = ({ method, path }: TableRoute): boolean => method === "DELETE" || /\/(?:logout|cancel)$/.test(path);
const inOrder = [...routeTable].sort((a, b) => Number(takesAway(a)) - Number(takesAway(b)));
let operations: readonly Operation[];
let belongings: Belongings;
let pool: Pool;
let pids: Record<string, number | undefined>;

interface State {
  readonly processes: readonly { readonly name: string; readonly pid?: number; readonly ready: boolean }[];
}

/** Pid of each process that is ready. */
function running(): Record<string, number | undefined> {
  const { processes } = JSON.parse(readFileSync(join(flowStack().home, "run", "state.json"), "utf8")) as State;
  return Object.fromEntries(processes.map(({ name, pid, ready }) => [name, ready ? pid : undefined]));
}

async function send(
  operation: Operation,
  { target, headers, body }: FuzzedRequest,
  caller: Visitor,
): Promise<RawAnswer> {
  const token: Record<string, string> = caller.token === undefined ? {} : { authorization: `Bearer ${caller.token}` };
  const path = `/api${target}`;
  const signature = caller === belongings.callers.gateway ? signatureOf(operation.method, path, body ?? "") : {};
  const request = { path, method: operation.method, headers: { ...token, ...headers, ...signature } };
  const answer = await pool.request(body === undefined ? request : { ...request, body });
  // A stream goes on for as long as the order lives.
  const isStream = String(answer.headers["content-type"]).startsWith("text/event-stream");
  if (isStream) answer.body.on("error", () => undefined).destroy();
  return { status: answer.statusCode, headers: answer.headers, text: isStream ? "" : await answer.body.text() };
}

function isIn(access: Operation["access"], caller: CallerName): boolean {
  if (access === "anyone") return caller === "nobody";
  if (access === "signed") return caller === "gateway";
  return access === "holder" || access === caller;
}

/** The headers of the payment gateway, which signs whatever it is told to send. */
function signatureOf(method: string, target: string, body: string | Buffer): SignatureHeaders {
  const [path = "", query = ""] = target.split("?");
  const [[keyId, secret] = ["", ""]] = Object.entries(flowStack().secrets.keys.callbacks["FAKE"] ?? {});
  const parts = { method, path, query, body: Buffer.from(body), keyId, createdSeconds: Math.floor(Date.now() / 1_000) };
  return signRequest(parts, Buffer.from(secret, "base64"));
}

/** Throws the least request found whose answer is wrong. */
async function fuzz(operation: Operation, caller: CallerName, deadline: number): Promise<void> {
  const isTooLate = (): boolean => Date.now() > deadline;
  const requests = requestsOf(operation, belongings.knownAt(operation.path));
  const property = fc.asyncProperty(requests, async (request) => {
    if (isTooLate()) return;
    const fault = faultOf(operation, await send(operation, request, belongings.callers[caller]));
    if (fault !== undefined) throw new Error(`${operation.name} as ${caller}: ${fault}`);
  });
  const own = seed + operations.indexOf(operation);
  await fc.assert(property, { seed: own, numRuns: isIn(operation.access, caller) ? RUNS.in : RUNS.out });
}

beforeAll(async () => {
  pool = new Pool(flowStack().edge, { connections: 2, headersTimeout: 15_000, bodyTimeout: 15_000 });
  operations = await readOperations(flowStack().edge);
  belongings = await gatherBelongings();
  pids = running();
});

afterAll(async () => {
  await belongings.clear();
  await pool.destroy();
});

describe(`whatever is sent to a route, the answer is a documented one (FUZZ_SEED=${seed})`, () => {
  it("and the document has every route", () => {
    expect(operations.map(({ name }) => name).sort()).toEqual(
      routeTable.map(({ method, path }) => `${method} ${path}`).sort(),
    );
  });

  it.each(inOrder)("$method $path", async ({ method, path, access }) => {
    const operation = operations.find((one) => one.method === method && one.path === path)!;
    const deadline = Date.now() + (waiting.has(operation.name) ? WAITING_MS : PER_OPERATION_MS);
    // Those who are refused first: theirs is quickly done.
    const byRight = [...callers].sort((a, b) => Number(isIn(access, a)) - Number(isIn(access, b)));
    for (const caller of byRight) await expect(fuzz(operation, caller, deadline)).resolves.toBeUndefined();
  });

  it("and nothing fell over", async () => {
    expect(running()).toEqual(pids);
    expect((await new Visitor().call("GET", "/products")).status).toBe(200);
  });

  it("and the books are in order", async () => {
    expect(await findingsAtRest()).toEqual([]);
  });
});
