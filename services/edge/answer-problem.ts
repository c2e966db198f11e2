import type { AppError } from "#platform/errors/app-error.ts";
import { problem, PROBLEM_TYPE } from "#platform/http/problem.ts";
import type { Exchange } from "./exchange.ts";

/** The edge's own "no", as a problem document. Does nothing once an answer has begun. */
export function answerProblem({ response, requestId }: Exchange, error: AppError): void {
  if (response.headersSent || response.closed) return;
  const { code, status, message: title, details, retryAfterSeconds } = error;
  const body = Buffer.from(JSON.stringify(problem({ code, status, title, details, requestId })));
  const headers = ["X-Request-Id", requestId, "Content-Type", PROBLEM_TYPE, "Content-Length", String(body.length)];
  if (retryAfterSeconds !== undefined) headers.push("Retry-After", String(Math.ceil(retryAfterSeconds)));
  if (status === 401) headers.push("WWW-Authenticate", "Bearer");
  if (status === 405) headers.push("Allow", String(details["allowed"]));
  // The rest of the body was not read, so the connection cannot carry another request.
  if (status === 413) headers.push("Connection", "close");
  response.writeHead(status, headers).end(body);
}
