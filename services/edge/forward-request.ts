/**
 * Carries one request to a service and its answer back, piece by piece as it comes. The answer's status and body are the
 * service's; a service that is away, too slow, or does not believe the edge becomes 503 SERVICE_UNAVAILABLE. Tried again,
 * at another instance, only when nobody listened: no request reaches two instances.
 */
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import type { EdgeLife, Exchange } from "./exchange.ts";
import { type FlatHeaders, outerHeaders } from "./inner-headers.ts";
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
}

/** Resolves when the answer was given or the client left; rejects with AppError while there is still an answer to give. */
export async function forwardRequest(
  exchange: Exchange,
  forwarding: Forwarding,
  instances: readonly Instance[],
): Promise<void> {
  for (const [index, instance] of instances.entries()) {
    try {
      await forwardTo(forwarding.mayWait ? instance.waiting : instance.ordinary, exchange, forwarding);
      return;
    } catch (error) {
      if (!isRefused(error) || index === instances.length - 1) throw serviceUnavailable(forwarding.service, error);
    }
  }
}

function forwardTo(dispatcher: Dispatcher, exchange: Exchange, forwarding: Forwarding): Promise<void> {
  return new Promise((resolve, reject) => {
    const { path, headers, body, life } = forwarding;
    const method = exchange.request.method as Dispatcher.HttpMethod;
    dispatcher.dispatch({ method, path, headers, body }, new AnswerCarrier({ exchange, life, resolve, reject }));
  });
}

/** Writes the answer of a service into that of the edge, no faster than the client reads. */
class AnswerCarrier implements Dispatcher.DispatchHandler {
  readonly #exchange: Exchange;
  readonly #life: EdgeLife;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  readonly #onClose: () => void;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: FlatHeaders = [];
  #length: number | undefined;
  /** A body that came in one piece, to be written together with the head. */
  #whole: Buffer | undefined;

  constructor(to: { exchange: Exchange; life: EdgeLife; resolve: () => void; reject: (error: unknown) => void }) {
    const { exchange } = to;
    this.#exchange = exchange;
    this.#life = to.life;
    this.#resolve = to.resolve;
    this.#reject = to.reject;
    this.#onClose = () => this.#controller?.abort(new Error("the client left"));
    exchange.response.once("close", this.#onClose);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#exchange.response.closed) this.#onClose();
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = outerHeaders(headers, this.#exchange.requestId);
    const length = headers["content-length"];
    if (length !== undefined) this.#length = Number(length);
    else if (status === 200) this.#beginStream(this.#exchange.response);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { response } = this.#exchange;
    if (chunk.length === this.#length) {
      this.#whole = chunk;
      return;
    }
    this.#sendHead();
    if (response.write(chunk)) return;
    controller.pause();
    response.once("drain", () => controller.resume());
  }

  onResponseEnd(): void {
    this.#release();
    if (this.#status === 401 && isIdentityFailure(this.#whole)) {
      this.#reject(new Error("the service does not believe the edge: keys or clocks differ"));
      return;
    }
    this.#sendHead();
    this.#exchange.response.end(this.#whole);
    this.#resolve();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#release();
    const { response } = this.#exchange;
    if (!response.headersSent && !response.closed) return this.#reject(error);
    // Half an answer cannot be taken back, only cut off, so that nobody takes it for a whole one.
    response.destroy();
    this.#resolve();
  }

  /** Its reader wants to know at once that it has begun. */
  #beginStream(response: ServerResponse): void {
    this.#sendHead();
    response.flushHeaders();
    const { streams } = this.#life;
    streams.add(response);
    response.once("close", () => streams.delete(response));
  }

  #sendHead(): void {
    const { response } = this.#exchange;
    if (response.headersSent) return;
    // So that clients with kept-alive connections go elsewhere before the socket closes.
    if (this.#life.stopping) this.#headers.push("Connection", "close");
    response.writeHead(this.#status, this.#headers);
  }

  #release(): void {
    this.#exchange.response.off("close", this.#onClose);
  }
}

/** Services say UNAUTHENTICATED only of a missing or wrong Mall-Identity: who calls was checked before, at the edge. */
function isIdentityFailure(body: Buffer | undefined): boolean {
  return body !== undefined && body.includes('"code":"UNAUTHENTICATED"');
}
