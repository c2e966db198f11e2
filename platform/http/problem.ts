/** Problem documents (RFC 9457). Whatever was thrown, a client sees a stable code and never a stack, SQL or a cause. */
import { STATUS_CODES } from "node:http";
import { isTransientSqlError } from "../database/sql-errors.ts";
import { AppError } from "../errors/app-error.ts";

export const PROBLEM_TYPE = "application/problem+json";

export interface FieldError {
  /** Dotted: `items.0.quantity`; `query.limit` and `header.prefer` outside the body. */
  readonly path: string;
  /** What is expected; never the value that came. */
  readonly message: string;
}

export interface ProblemFields {
  readonly status: number;
  readonly code: string;
  readonly title?: string;
  readonly requestId: string;
  readonly errors?: readonly FieldError[];
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The document; details become members of it, but cannot replace those of its own. */
export function problem({ status, code, title, requestId, errors, details }: ProblemFields): Record<string, unknown> {
  return {
    ...details,
    type: "about:blank",
    title: title ?? STATUS_CODES[status] ?? "Error",
    status,
    code,
    requestId,
    ...(errors === undefined ? {} : { errors }),
  };
}

/** An AppError for what a client sent wrongly: 400 unless `status` says otherwise. */
export function clientError(code: string, message: string, status = 400): AppError {
  return new AppError({ code, message, status, retry: "never" });
}

/** 400 VALIDATION_FAILED with one entry per field. */
export function validationFailed(errors: readonly FieldError[]): AppError {
  return new AppError({
    code: "VALIDATION_FAILED",
    message: "The request is not valid",
    status: 400,
    retry: "never",
    details: { errors },
  });
}

/** What a client is told about anything thrown: 503 if it may go away by itself, else 500 INTERNAL without a text. */
export function forClients(thrown: unknown): AppError {
  if (thrown instanceof AppError && thrown.status !== 500) return thrown;
  if (isTransientSqlError(thrown) || (thrown instanceof AppError && thrown.retry === "later")) {
    return new AppError({
      code: "SERVICE_UNAVAILABLE",
      message: "The service cannot answer at the moment",
      status: 503,
      retry: "later",
      retryAfterSeconds: 1,
    });
  }
  return new AppError({ code: "INTERNAL", message: "Internal Server Error", status: 500, retry: "never" });
}
