/** Whether an answer is one that the API document announces, and says nothing that is nobody's business. */
import type { Operation } from "./api-document.ts";

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

// A channel that is not open, and one that is out of order when the request asks it to be. All else works, so nothing else may fail.
const expectedFailures = new Set(["CHANNEL_NOT_OPEN", "PAYMENT_CHANNEL_UNAVAILABLE"]);
// Lines of a stack, paths of our code, words of the database and its driver.
const INSIDES =
  /\n\s+at |node_modules|\.ts:\d+|file:\/\/|sqlMessage|SQL syntax|\bER_[A-Z_]{4,}|\bknex\b|mall_(?:users|catalog|cart|orders|payment)\b/;

/** What is wrong with an answer, in words; undefined when nothing is. */
export function faultOf(operation: Operation, { status, headers, text }: RawAnswer): string | undefined {
  const requestId = headers["x-request-id"];
  if (typeof requestId !== "string" || requestId === "") return `${status} has no X-Request-Id`;
  if (INSIDES.test(text)) return `${status} shows its insides: ${text.slice(0, 500)}`;
  const documented = operation.answers.get(status);
  if (documented === undefined) return `${status} is not documented: ${text.slice(0, 500)}`;
  const [contentType = ""] = String(headers["content-type"] ?? "").split(";");
  if (documented.contentTypes.length === 0)
    return text === "" ? undefined : `${status} has a body: ${text.slice(0, 500)}`;
  if (!documented.contentTypes.includes(contentType)) return `${status} is of the type ${contentType}`;
  const body = contentType.endsWith("json") ? parse(text) : text;
  const fault = documented.faultOf(contentType, body);
  if (fault !== undefined) return `${status} is not as documented: ${fault} in ${text.slice(0, 500)}`;
  return status < 400 ? undefined : faultOfProblem(status, body as { code: string; requestId: string }, requestId);
}

function faultOfProblem(
  status: number,
  problem: { code: string; requestId: string },
  requestId: string,
): string | undefined {
  if (problem.requestId !== requestId) return `${status} names another request than its header`;
  return status >= 500 && !expectedFailures.has(problem.code)
    ? `${status} ${problem.code} with all services up`
    : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
