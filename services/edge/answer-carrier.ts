import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import { ClientLeft, Unjudged } from "#platform/http/circuit-breaker.ts";
import type { AnswerHeaders, FlatHeaders } from "./answer-headers.ts";
import type { EdgeLife, Exchange } from "./exchange.ts";
import { outerHeaders } from "./inner-headers.ts";

// A request that may be held open has to wait for a connection no longer than this.
const CONNECT_MS = 3_000;

/** Writes the answer of a service into that of the edge, no faster than the client reads. */
export class AnswerCarrier implements Dispatcher.DispatchHandler {
  /** Settles once it is known whether the service answers; rejects while there is still another answer to give. */
  readonly head: Promise<void>;
  /** Settles, after the head, when the answer is out or cut off; rejects when it must not be passed on. */
  readonly whole: Promise<void>;
  readonly #exchange: Exchange;
  readonly #life: EdgeLife;
  readonly #answerHeaders: AnswerHeaders;
  readonly #headOf = Promise.withResolvers<void>();
  readonly #wholeOf = Promise.withResolvers<void>();
  readonly #onClose = (): void => this.#abort(new ClientLeft("the client left"));
  #controller: Dispatcher.DispatchController | undefined;
  #aborted: Error | undefined;
  #status = 0;
  #headers: FlatHeaders = [];
  #length: number | undefined;
  #connecting: NodeJS.Timeout | undefined;
  /** A body that came in one piece, to be written together with the head. */
  #piece: Buffer | undefined;

  constructor(exchange: Exchange, surroundings: { life: EdgeLife; answerHeaders: AnswerHeaders; mayWait: boolean }) {
    this.#exchange = exchange;
    this.#life = surroundings.life;
    this.#answerHeaders = surroundings.answerHeaders;
    this.head = this.#headOf.promise;
    // Nobody looks at it when the circuit is open.
    this.head.catch(() => undefined);
    this.whole = this.#wholeOf.promise;
    exchange.response.once("close", this.#onClose);
    if (exchange.response.closed) this.#onClose();
    else if (surroundings.mayWait) {
      const full = new Unjudged("every connection for waiting is taken");
      this.#connecting = setTimeout(() => this.#abort(full), CONNECT_MS);
    }
  }

  /** The service does not answer anybody: there is no use in waiting, nor in beginning. */
  giveUp(): void {
    if (this.#status === 0) this.#abort(new Error("the service does not answer"));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    clearTimeout(this.#connecting);
    if (this.#aborted !== undefined) controller.abort(this.#aborted);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = outerHeaders(headers, this.#exchange, this.#answerHeaders);
    this.#headOf.resolve();
    const length = headers["content-length"];
    if (length !== undefined) this.#length = Number(length);
    else if (isEventStream(headers)) this.#beginStream(this.#exchange.response);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { response } = this.#exchange;
    // A stop has ended it.
    if (response.writableEnded) return;
    if (chunk.length === this.#length) {
      this.#piece = chunk;
      return;
    }
    this.#sendHead();
    if (response.write(chunk)) return;
    controller.pause();
    response.once("drain", () => controller.resume());
  }

  onResponseEnd(): void {
    this.#release();
    if (this.#status === 401 && isIdentityFailure(this.#piece)) {
      this.#wholeOf.reject(new Error("the service does not believe the edge: keys or clocks differ"));
      return;
    }
    this.#sendHead();
    this.#exchange.response.end(this.#piece);
    this.#wholeOf.resolve();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#release();
    const { response } = this.#exchange;
    if (this.#status === 0) this.#headOf.reject(error);
    // Nothing was written yet although the service had begun.
    else if (!response.headersSent && !response.closed) this.#wholeOf.reject(error);
    else {
      // Half an answer cannot be taken back, only cut off, so that nobody takes it for a whole one.
      response.destroy();
      this.#wholeOf.resolve();
    }
  }

  /** A request that waits for a connection has no controller yet: it ends here, and is aborted when it would begin. */
  #abort(reason: Error): void {
    this.#aborted ??= reason;
    if (this.#controller !== undefined) return this.#controller.abort(reason);
    this.#release();
    this.#headOf.reject(reason);
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
    clearTimeout(this.#connecting);
    this.#exchange.response.off("close", this.#onClose);
  }
}

/** Only what never ends by itself is ended by a stop; everything else is given to its end. */
function isEventStream(headers: IncomingHttpHeaders): boolean {
  return headers["content-type"]?.startsWith("text/event-stream") === true;
}

/** Services say UNAUTHENTICATED only of a missing or wrong Mall-Identity: who calls was checked before, at the edge. */
function isIdentityFailure(body: Buffer | undefined): boolean {
  return body !== undefined && body.includes('"code":"UNAUTHENTICATED"');
}
