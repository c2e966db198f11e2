/**
 * The model of a channel, and a gateway to develop against. It takes no money. The gateway has no server: what it knows of
 * a payment is what the attempt's row says it was asked to do, so its answers are the same before and after any crash.
 */
import { AppError } from "#platform/errors/app-error.ts";
import type { NonceStore } from "#platform/security/nonce-store.ts";
import { verifyRequestSignature } from "#platform/security/request-signing.ts";
import type { Attempt } from "./payment.ts";
import { CHANNEL_ERROR, type Outcome, type PaymentChannel } from "./payment-channel.ts";

export interface FakeChannelOptions {
  /** Secrets by key id that sign its notifications. */
  readonly secrets: Readonly<Record<string, Buffer>>;
  readonly nonces: NonceStore;
  /** Unix time; the process clock when absent. */
  readonly nowSeconds?: () => number;
}

export function createFakeChannel(options: FakeChannelOptions): PaymentChannel {
  const { secrets, nonces, nowSeconds = () => Math.floor(Date.now() / 1000) } = options;
  const keys = new Map(Object.entries(secrets));
  return {
    charge: async (attempt) => outcomeOf(attempt),
    query: async (attempt) => outcomeOf(attempt),
    refund: async () => ({ state: "SUCCEEDED" }),
    async verifyCallback(request) {
      const verdict = await verifyRequestSignature(request, {
        header: (name) => request.header(name),
        secretOf: (keyId) => keys.get(keyId),
        nowSeconds: nowSeconds(),
        rememberNonce: (keyId, nonce, created) => nonces.remember(keyId, nonce, created),
      });
      if (verdict.ok) return;
      throw new AppError({
        code: "SIGNATURE_INVALID",
        message: "The signature is not valid",
        status: 401,
        retry: "never",
        cause: verdict.reason,
        // Clocks that disagree are the one fault an honest caller can mend.
        details: verdict.reason === "out-of-window" ? { serverTimeSeconds: nowSeconds() } : {},
      });
    },
  };
}

function outcomeOf({ paymentId, scenario }: Attempt): Outcome {
  switch (scenario) {
    case null:
    case "succeed":
      return { state: "SUCCEEDED", gatewayRef: `fake-${paymentId}` };
    case "decline":
      return { state: "FAILED", failureCode: "DECLINED" };
    case "error":
      return { state: "FAILED", failureCode: CHANNEL_ERROR };
    case "pending":
      return { state: "PENDING" };
  }
}
