/**
 * Carries one request to a service and its answer back, piece by piece as it comes. The answer's status and body are the
 * service's; a service that is away, too slow, or does not believe the edge becomes 503 SERVICE_UNAVAILABLE. Tried again,
 * at another instance, only when nobody listened: no request reaches two instances.
 */
import type { Dispatcher } from "undici";
import { ClientLeft } from "#platform/http/circuit-breaker.ts";
import { AnswerCarrier } from "./answer-carrier.ts";
import type { AnswerHeaders, FlatHeaders } from "./answer-headers.ts";
import type { EdgeLife, Exchange } from "./exchange.ts";
import { type Instance, isRefused, serviceUnavailable } from "./service-pools.ts";

export interface Forwarding {
  readonly service: string;
  /** Inner path with the query. */
  readonly path: string;
  readonly headers: FlatHeaders;
  readonly body: Buffer | null;
  /** The request may be held open: a wait or an event stream. */
  readonly mayWait: boolean;
  readonly life: EdgeLife;
  readonly answerHeaders: AnswerHeaders;
}

// A read has nothing to wait for; a command may wait 2 s for a fact that is still on its way to the service.
const READ_MS = 3_000;
const COMMAND_MS = 6_000;

/** Resolves when the answer was given or the client left; rejects with AppError while there is still an answer to give. */
export async function forwardRequest(
  exchange: Exchange,
  forwarding: Forwarding,
  instances: readonly Instance[],
): Promise<void> {
  for (const [index, instance] of instances.entries()) {
    try {
      await forwardTo(instance, exchange, forwarding);
      return;
    } catch (error) {
      if (error instanceof ClientLeft) return;
      if (!isRefused(error) || index === instances.length - 1) throw serviceUnavailable(forwarding.service, error);
    }
  }
}

async function forwardTo(instance: Instance, exchange: Exchange, forwarding: Forwarding): Promise<void> {
  const { path, headers, body, mayWait } = forwarding;
  const { breaker, ordinary, waiting } = instance;
  const method = exchange.request.method as Dispatcher.HttpMethod;
  const limits = mayWait ? {} : { headersTimeout: method === "GET" ? READ_MS : COMMAND_MS };
  const carrier = new AnswerCarrier(exchange, forwarding);
  const forget = breaker.onOpen(() => carrier.giveUp());
  try {
    // The breaker judges by the head: a stream that is alive for an hour says no more than its beginning did.
    await breaker.run(() => {
      (mayWait ? waiting : ordinary).dispatch({ method, path, headers, body, ...limits }, carrier);
      return carrier.head;
    });
  } finally {
    forget();
  }
  await carrier.whole;
}
