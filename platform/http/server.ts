/**
 * The listening socket. Guarantees limits on what a client may hold open (headers 10 s, whole request 30 s, 2,000
 * connections, idle 65 s) and a stop that takes no new connection, lets running requests end within the drain time and
 * then cuts them off. What is not HTTP, or could be read in two ways (length and chunks at once), is answered 400 and cut off.
 * TLS is ended in front of it.
 */
import { createServer, type Server } from "node:http";
import type { Duplex } from "node:stream";
import type Koa from "koa";
import type { Logger } from "../logging/logger.ts";
import { problem, PROBLEM_TYPE } from "./problem.ts";
import { newRequestId } from "./request-state.ts";

export interface RunningServer {
  readonly port: number;
  /** Resolves when the last connection is closed; after `drainMs` (8 s when absent) those left are cut off. */
  stop(drainMs?: number): Promise<void>;
}

const DRAIN_MS = 8_000;
const SWEEP_MS = 50;
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  // Longer than what the edge's pool keeps idle, so that it is never the server that closes under a request.
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 2_000,
  maxHeaderSize: 16_384,
};
const MAX_CONNECTIONS = 2_000;

export interface ServerOptions {
  readonly port: number;
  readonly host?: string;
  readonly log: Logger;
  /** Other limits than the usual ones, in milliseconds. */
  readonly limits?: Partial<typeof LIMITS>;
}

/** Listens; rejects when the port is taken. Port 0 takes a free one. The app hears `stopping` when the stop begins. */
export async function startServer(app: Koa, options: ServerOptions): Promise<RunningServer> {
  const { port, host = "127.0.0.1", log, limits = {} } = options;
  const handle = app.callback();
  const server = createServer({ ...LIMITS, ...limits }, (request, response) => void handle(request, response));
  // An expectation that is not known may be ignored; Node itself would answer it with a bare 417.
  server.on("checkExpectation", (request, response) => void handle(request, response));
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => refuseUnreadable(error, socket));
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  server.on("error", (error) => log.error({ err: error }, "the server failed"));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    stop(drainMs = DRAIN_MS) {
      app.emit("stopping");
      return drain(server, drainMs, log);
    },
  };
}

/** A client too slow for the limits gets 408; it, or whoever stands between, mixed up what cannot be read. */
function refuseUnreadable({ code }: NodeJS.ErrnoException, socket: Duplex): void {
  // In the middle of an answer another one would become part of it.
  const hasAnswered = "bytesWritten" in socket && Number(socket.bytesWritten) > 0;
  if (code === "ECONNRESET" || !socket.writable || hasAnswered) {
    socket.destroy();
    return;
  }
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    socket.end("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    return;
  }
  const title = "The request cannot be read";
  const body = JSON.stringify(problem({ status: 400, code: "VALIDATION_FAILED", title, requestId: newRequestId() }));
  const head = `Content-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close`;
  socket.end(`HTTP/1.1 400 Bad Request\r\n${head}\r\nX-Content-Type-Options: nosniff\r\n\r\n${body}`);
}

function drain(server: Server, drainMs: number, log: Logger): Promise<void> {
  return new Promise((resolve) => {
    // A connection becomes idle when its answer is out, after close() has looked for idle ones; hence the sweep.
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
    const cutOff = setTimeout(() => {
      log.warn({ drainMs }, "requests were cut off");
      server.closeAllConnections();
    }, drainMs);
    server.close(() => {
      clearInterval(sweep);
      clearTimeout(cutOff);
      resolve();
    });
  });
}
