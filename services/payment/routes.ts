import { z } from "zod";
import { idText, money, trimmedText } from "#platform/http/fields.ts";
import { type Route, route } from "#platform/http/route.ts";
import { type PayDeps, payOrder } from "./pay-order.ts";
import { ATTEMPT_STATUSES, SCENARIOS } from "./payment.ts";
import { findOwnAttempt } from "./payment-store.ts";
import { viewOf } from "./settle-attempt.ts";
import { takeCallback } from "./take-callback.ts";

const tag = "payments";
const PAY_REFUSALS = [
  "CHANNEL_NOT_OPEN",
  "IDEMPOTENCY_KEY_IN_PROGRESS",
  "IDEMPOTENCY_KEY_REUSED",
  "NOT_FOUND",
  "ORDER_ALREADY_PAID",
  "ORDER_NOT_PAYABLE",
  "ORDER_NOT_PAYABLE_YET",
  "ORDER_PAYMENT_EXPIRED",
  "OUTBOX_FULL",
  "PAYMENT_CHANNEL_UNAVAILABLE",
];
const channel = z.enum(["FAKE", "ALIPAY", "WECHAT"]);
const currency = z.string().regex(/^[A-Z]{3}$/, "must be an ISO 4217 code");
const status = z.enum(ATTEMPT_STATUSES);

const paymentRequest = z.strictObject({ orderId: idText, channel, scenario: z.enum(SCENARIOS).optional() });
const paymentView = z.strictObject({
  paymentId: idText,
  orderId: idText,
  channel,
  status,
  amountCents: money,
  currency,
  failureCode: z.string().optional(),
});
const paymentParams = z.strictObject({ id: idText });
const callbackParams = z.strictObject({ channel });
const notification = z.strictObject({
  paymentId: idText,
  gatewayRef: trimmedText(64),
  result: z.enum(["SUCCEEDED", "FAILED"]),
  amountCents: money,
  currency,
});
const callbackView = z.strictObject({ paymentId: idText, status });

export function paymentRoutes(deps: PayDeps): readonly Route[] {
  return [
    route({
      method: "POST",
      path: "/payments",
      access: "shopper",
      summary: "Pay an order",
      tag,
      idempotencyKey: true,
      body: paymentRequest,
      answers: { 201: paymentView },
      refusals: PAY_REFUSALS,
      handle(request) {
        const { body, caller, cause } = request;
        const key = request.header("idempotency-key") ?? "";
        return payOrder(deps, { userId: caller.userId ?? "", key, body, cause });
      },
    }),
    route({
      method: "GET",
      path: "/payments/{id}",
      access: "shopper",
      summary: "One of the shopper's own payments",
      tag,
      params: paymentParams,
      answers: { 200: paymentView },
      refusals: ["NOT_FOUND"],
      async handle({ params, caller }) {
        const attempt = await findOwnAttempt(deps.db, caller.userId ?? "", params.id);
        return attempt === undefined ? { refused: "NOT_FOUND", status: 404 } : { status: 200, body: viewOf(attempt) };
      },
    }),
    route({
      method: "POST",
      path: "/payments/callbacks/{channel}",
      access: "signed",
      summary: "The notification of a payment gateway",
      tag,
      params: callbackParams,
      body: notification,
      answers: { 200: callbackView },
      refusals: ["SIGNATURE_INVALID", "NOT_FOUND", "CHANNEL_NOT_OPEN"],
      handle: ({ params, body, cause }) => takeCallback(deps, { channel: params.channel, notification: body, cause }),
    }),
  ];
}
