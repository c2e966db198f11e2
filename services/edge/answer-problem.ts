import type { AppError } from "#platform/errors/app-error.ts";
import { problem, PROBLEM_TYPE } from "#platform/http/problem.ts";
import type { AnswerHeaders } from "./answer-headers.ts";
import type { Exchange } from "./exchange.ts";

/** The edge's own "no", as a problem document. Does nothing once an answer has begun. */
export function answerProblem(exchange: Exchange, error: AppError, answerHeaders: AnswerHeaders): void {
  const { response, requestId } = exchange;
  if (response.headersSent || response.closed) return;
  const { code, status, message: title, details, retryAfterSeconds } = error;
  const body = Buffer.from(JSON.stringify(problem({ code, status, title, details, requestId })));
  const headers = answerHeaders.of(exchange);
  headers.push("Content-Type", PROBLEM_TYPE, "Content-Length", String(body.length), "Cache-Control", "no-store");
  if (retryAfterSeconds !== undefined) headers.push("Retry-After", String(Math.ceil(retryAfterSeconds)));
  if (status === 401) headers.push("WWW-Authenticate", "Bearer");
  if (status === 405) headers.push("Allow", String(details["allowed"]));
  // The rest of the body was not read, so the connection cannot carry another request.
  if (status === 413) headers.push("Connection", "close");
  response.writeHead(status, headers).end(body);
}
