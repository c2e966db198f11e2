/**
 * Errors that travel. Everything that is not a business "no" is thrown as an AppError: the code is stable and is what
 * clients, logs and alerts branch on; the message is for people and may change. Mapped in exactly two places: the HTTP
 * middleware and the consumer runner. It does not hide its cause, and a cause never reaches a client.
 */
export interface AppErrorFields {
  readonly code: string;
  readonly message: string;
  /** `later`: the same call may succeed when the world has changed; `never`: it will fail again. */
  readonly retry: "later" | "never";
  /** HTTP status when it reaches a client; 500 when absent. */
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  /** Further members of the problem document, safe to show to the client. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: string;
  readonly retry: "later" | "never";
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(fields: AppErrorFields) {
    super(fields.message, fields.cause === undefined ? {} : { cause: fields.cause });
    this.code = fields.code;
    this.retry = fields.retry;
    this.status = fields.status ?? 500;
    this.retryAfterSeconds = fields.retryAfterSeconds;
    this.details = fields.details ?? {};
  }
}
