import { AppError } from "#platform/errors/app-error.ts";

export function rateLimited(retryAfterMs: number): AppError {
  return new AppError({
    code: "RATE_LIMITED",
    message: "Too many requests",
    retry: "later",
    status: 429,
    retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / 1_000)),
  });
}
