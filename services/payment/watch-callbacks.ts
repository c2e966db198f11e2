/** Verifies notifications, and writes down for a guard who was not believed and why. */
import { AppError } from "#platform/errors/app-error.ts";
import type { Logger } from "#platform/logging/logger.ts";
import { type Channels, type SignedRequest, verifyCallback } from "./payment-channel.ts";

/** The `verifySignature` of the app. What was sent is not written down, only the id of the key it claims. */
export function watchCallbacks(channels: Channels, log: Pick<Logger, "warn">) {
  return async (request: SignedRequest): Promise<void> => {
    try {
      await verifyCallback(channels, request);
    } catch (error) {
      if (error instanceof AppError && error.code === "SIGNATURE_INVALID") {
        const reason = String(error.cause);
        const security = reason === "replayed" ? "replay-refused" : "signature-refused";
        const keyId = request.header("mall-key-id")?.slice(0, 64) ?? null;
        log.warn({ security, reason, keyId, path: request.path }, "security");
      }
      throw error;
    }
  };
}
