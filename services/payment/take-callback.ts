/** A verified notification of a gateway. A repeat gets the same answer; one that denies a final outcome changes nothing. */
import { validationFailed } from "#platform/http/problem.ts";
import type { Answer, Refusal } from "#platform/http/route.ts";
import type { Cause } from "#platform/outbox/outgoing.ts";
import type { Notification, Outcome } from "./payment-channel.ts";
import { findAttempt } from "./payment-store.ts";
import { settleAttempt, type SettleDeps } from "./settle-attempt.ts";

export async function takeCallback(
  deps: SettleDeps,
  request: { channel: string; notification: Notification; cause: Cause },
): Promise<Answer | Refusal> {
  const { paymentId, gatewayRef, result, amountCents, currency } = request.notification;
  const attempt = await findAttempt(deps.db, paymentId);
  if (attempt === undefined || attempt.channel !== request.channel) return { refused: "NOT_FOUND", status: 404 };
  if (amountCents !== attempt.amountCents || currency !== attempt.currency) {
    deps.finding("amount mismatch", { paymentId, orderId: attempt.orderId, amountCents, currency });
    throw validationFailed([{ path: "amountCents", message: "is not what the payment is about" }]);
  }
  const outcome: Outcome =
    result === "SUCCEEDED" ? { state: "SUCCEEDED", gatewayRef } : { state: "FAILED", failureCode: "DECLINED" };
  const { status } = await settleAttempt(deps, { attempt, outcome, cause: request.cause });
  return { status: 200, body: { paymentId, status } };
}
