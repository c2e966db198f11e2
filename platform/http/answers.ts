/** Turns what a handler returned, or an error, into the answer on the wire. */
import { Readable } from "node:stream";
import type Koa from "koa";
import type { AppError } from "../errors/app-error.ts";
import { writeEventStream } from "./event-stream.ts";
import { problem, PROBLEM_TYPE } from "./problem.ts";
import type { RequestState } from "./request-state.ts";
import type { Answer, EventStream, Refusal } from "./route.ts";

const JSON_TYPE = "application/json; charset=utf-8";
const REFUSED_STATUS = 409;

export function sendJson(ctx: Koa.Context, status: number, body: unknown): void {
  ctx.status = status;
  ctx.set("Content-Type", JSON_TYPE);
  ctx.body = JSON.stringify(body);
}

/** `signal` is asked for only by a stream. */
export async function sendOutcome(
  ctx: Koa.Context,
  outcome: Answer | Refusal | EventStream,
  signal: () => AbortSignal,
): Promise<void> {
  if ("refused" in outcome) sendRefusal(ctx, outcome);
  else if ("events" in outcome) await sendStream(ctx, outcome, signal());
  else sendAnswer(ctx, outcome);
}

/** Text, bytes and streams under a content type of their own go out as they are; all else is JSON. */
function sendAnswer(ctx: Koa.Context, { status, body, headers }: Answer): void {
  if (body === undefined) {
    ctx.body = null;
    ctx.status = status;
  } else if (headers?.["Content-Type"] !== undefined && isReady(body)) {
    ctx.status = status;
    ctx.body = body;
  } else {
    sendJson(ctx, status, body);
  }
  if (headers !== undefined) ctx.set(headers);
}

function isReady(body: unknown): body is string | Buffer | Readable {
  return typeof body === "string" || Buffer.isBuffer(body) || body instanceof Readable;
}

function sendRefusal(ctx: Koa.Context, refusal: Refusal): void {
  const { refused: code, status = REFUSED_STATUS, retryAfterSeconds, details } = refusal;
  const title = code.charAt(0) + code.slice(1).toLowerCase().replaceAll("_", " ");
  sendProblemDocument(ctx, { code, status, title, details, retryAfterSeconds });
}

export function sendProblem(ctx: Koa.Context, error: AppError): void {
  // Once a stream has begun there is no other answer to give; the stream itself has cut the connection.
  if (ctx.res.headersSent) return;
  const { code, status, message: title, details, retryAfterSeconds } = error;
  // The rest of the body was not read, so the connection cannot carry another request.
  if (status === 413) ctx.set("Connection", "close");
  if (status === 401) ctx.set("WWW-Authenticate", "Bearer");
  sendProblemDocument(ctx, { code, status, title, details, retryAfterSeconds });
}

function sendProblemDocument(
  ctx: Koa.Context,
  fields: {
    code: string;
    status: number;
    title: string;
    details: Readonly<Record<string, unknown>> | undefined;
    retryAfterSeconds: number | undefined;
  },
): void {
  const { retryAfterSeconds, details, ...rest } = fields;
  const { requestId } = ctx.state as RequestState;
  sendJson(ctx, fields.status, problem({ ...rest, requestId, ...(details === undefined ? {} : { details }) }));
  ctx.set("Content-Type", PROBLEM_TYPE);
  if (retryAfterSeconds !== undefined) ctx.set("Retry-After", String(Math.ceil(retryAfterSeconds)));
}

async function sendStream(ctx: Koa.Context, stream: EventStream, signal: AbortSignal): Promise<void> {
  const state = ctx.state as RequestState;
  state.streamed = true;
  ctx.respond = false;
  ctx.status = 200;
  ctx.set({
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
    "X-Request-Id": state.requestId,
  });
  if (ctx.method === "HEAD") ctx.res.end();
  else await writeEventStream(stream, ctx.res, signal);
}
