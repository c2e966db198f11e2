import { setTimeout as sleep } from "node:timers/promises";

/** Talks to the shop as any customer does: over HTTP, through the edge. */
export interface ShopClient {
  /** Resolves with the parsed answer of a 2xx; throws `ShopRefusal` otherwise. */
  call: <T>(method: string, path: string, options?: CallOptions) => Promise<T>;
}

export interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
  token?: string;
}

interface RefusedCall {
  /** Method and path. */
  call: string;
  status: number;
  code: string;
  detail: string;
  retryAfterMs: number | undefined;
}

export class ShopRefusal extends Error {
  override readonly name = "ShopRefusal";
  readonly status: number;
  readonly code: string;
  readonly retryAfterMs: number | undefined;

  constructor(answer: RefusedCall) {
    super(`${answer.call}: ${answer.status} ${answer.code} ${answer.detail}`.trim());
    this.status = answer.status;
    this.code = answer.code;
    this.retryAfterMs = answer.retryAfterMs;
  }
}

export function shopClient(edge: string): ShopClient {
  return {
    async call<T>(method: string, path: string, { body, headers, token }: CallOptions = {}): Promise<T> {
      const response = await fetch(`${edge}/api${path}`, {
        method,
        signal: AbortSignal.timeout(15_000),
        headers: {
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw refusal(`${method} ${path}`, response, text);
      // What the shop answers is described by api.md; the callers name the part of it that they use.
      return (text === "" ? undefined : JSON.parse(text)) as T;
    },
  };
}

/** Repeats what the shop asked to repeat (`Retry-After`, as while a replica has not heard yet), up to `deadlineMs`. */
export async function patiently<T>(call: () => Promise<T>, deadlineMs: number): Promise<T> {
  const until = Date.now() + deadlineMs;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const wait = error instanceof ShopRefusal ? error.retryAfterMs : undefined;
      if (wait === undefined || Date.now() + wait > until) throw error;
      await sleep(Math.min(wait, 250));
    }
  }
}

function refusal(call: string, response: Response, text: string): ShopRefusal {
  const retryAfter = response.headers.get("retry-after");
  const { code, detail } = parseProblem(text);
  return new ShopRefusal({
    call,
    status: response.status,
    code,
    detail,
    retryAfterMs: retryAfter === null ? undefined : Number(retryAfter) * 1000,
  });
}

function parseProblem(text: string): { code: string; detail: string } {
  try {
    const problem = JSON.parse(text) as { code?: string; detail?: string; title?: string };
    return { code: problem.code ?? "", detail: problem.detail ?? problem.title ?? "" };
  } catch {
    return { code: "", detail: text.slice(0, 200) };
  }
}
