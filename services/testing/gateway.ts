/** The payment gateway's side of a callback: it holds the channel's key and signs what it says. */
import { randomUUID } from "node:crypto";
import { signRequest } from "#platform/security/request-signing.ts";
import { flowStack } from "./flow-stack.ts";

export interface Notification {
  readonly paymentId: string;
  readonly result: "SUCCEEDED" | "FAILED";
  readonly amountCents: number;
}

const PATH = "/api/payments/callbacks/FAKE";

/** Sends a notification; `tamper` changes the body after it was signed. */
export async function signedCallback(notification: Notification, { tamper = false } = {}): Promise<Response> {
  const { edge, secrets } = flowStack();
  const [[keyId, secret] = ["", ""]] = Object.entries(secrets.keys.callbacks["FAKE"] ?? {});
  const document = { ...notification, gatewayRef: `gw-${notification.paymentId}`, currency: "CNY" };
  const body = Buffer.from(JSON.stringify(document));
  const parts = { method: "POST", path: PATH, query: "", body, keyId, createdSeconds: Math.floor(Date.now() / 1_000) };
  const signature = signRequest({ ...parts, nonce: randomUUID() }, Buffer.from(secret, "base64"));
  return fetch(`${edge}${PATH}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...signature },
    body: tamper ? JSON.stringify({ ...document, gatewayRef: "another" }) : body,
  });
}
