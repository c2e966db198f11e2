/**
 * The port to a payment gateway. What a channel must guarantee, so that money is taken once and given back once:
 *
 * - One `paymentId` is one charge at the gateway, however often `charge` is called (ALIPAY and WECHAT: out_trade_no), and
 *   one `refundId` is one refund (out_request_no, out_refund_no).
 * - After a crash anywhere between `charge` and our commit, `query` tells what became of it. What the gateway knows must
 *   therefore not live in our process.
 * - An answer is given only when it is the gateway's. A call whose result is unknown (timeout, broken connection, an answer
 *   that does not verify) throws PAYMENT_CHANNEL_UNAVAILABLE; the attempt then stays PENDING and is resumed by `query`.
 * - It calls an allow-listed host over TLS with a timeout of 3 s, without redirects, and logs no credentials.
 *
 * A gateway whose notification has a form of its own gets a route of its own, which turns it into a Notification and hands
 * it to `takeCallback`; `verifyCallback` is the same for all.
 */
import { AppError } from "#platform/errors/app-error.ts";
import type { SignedParts } from "#platform/security/request-signing.ts";
import type { Attempt } from "./payment.ts";

/** The gateway could not process the charge, took nothing and never will; the client is told 503. */
export const CHANNEL_ERROR = "CHANNEL_ERROR";

export type Outcome =
  | { readonly state: "SUCCEEDED"; readonly gatewayRef: string }
  /** Final. `failureCode` is stable and ours, such as DECLINED. */
  | { readonly state: "FAILED"; readonly failureCode: string }
  /** The shopper, or the gateway, is not done: a notification or a later `query` tells. */
  | { readonly state: "PENDING" };

export interface Refund {
  readonly refundId: string;
  readonly paymentId: string;
  readonly orderId: string;
  readonly amountCents: number;
  readonly currency: string;
}

export type RefundOutcome =
  | { readonly state: "SUCCEEDED" }
  /** Final: trying again is of no use. */
  | { readonly state: "FAILED"; readonly failureCode: string }
  | { readonly state: "PENDING" };

/** What a gateway tells of its own accord, once verified. */
export interface Notification {
  readonly paymentId: string;
  readonly gatewayRef: string;
  readonly result: "SUCCEEDED" | "FAILED";
  readonly amountCents: number;
  readonly currency: string;
}

export interface SignedRequest extends SignedParts {
  /** One header's value by its lower-case name. */
  header(name: string): string | undefined;
}

export interface PaymentChannel {
  /** Asks the gateway for the money, once per payment id. */
  charge(attempt: Attempt): Promise<Outcome>;
  /** What the gateway knows of the attempt; UNKNOWN when no charge ever reached it, so that it may be made now. */
  query(attempt: Attempt): Promise<Outcome | { readonly state: "UNKNOWN" }>;
  /** Gives money back, once per refund id. */
  refund(refund: Refund): Promise<RefundOutcome>;
  /** Resolves when the gateway sent this request, and not before; else throws 401 SIGNATURE_INVALID. */
  verifyCallback(request: SignedRequest): Promise<void>;
}

export type Channels = ReadonlyMap<string, PaymentChannel>;

export const CHANNEL_NOT_OPEN = { refused: "CHANNEL_NOT_OPEN", status: 501 };

/** The `verifySignature` of the app: finds the channel by the last part of the path. */
export async function verifyCallback(channels: Channels, request: SignedRequest): Promise<void> {
  const channel = channels.get(request.path.slice(request.path.lastIndexOf("/") + 1));
  if (channel === undefined) {
    throw new AppError({
      code: CHANNEL_NOT_OPEN.refused,
      message: "This channel is not open",
      status: CHANNEL_NOT_OPEN.status,
      retry: "never",
    });
  }
  // The gateway signs the address that it calls, which is the edge's.
  await channel.verifyCallback({ ...request, path: `/api${request.path}`, header: (name) => request.header(name) });
}
