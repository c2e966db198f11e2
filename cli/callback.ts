import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { signRequest } from "#platform/security/request-signing.ts";
import type { Command } from "./command.ts";
import { readConfig } from "./config.ts";
import { findPaymentAmount } from "./find-payment-amount.ts";
import { runningStack } from "./running-stack.ts";
import { loadSecrets } from "./secrets.ts";
import { serviceNames } from "./service-manifest.ts";

const usage = "usage: ./mall callback PAYMENT_ID succeed|decline [--amount CENTS] [--currency CODE]";
const path = "/api/payments/callbacks/FAKE";

/** Plays the payment gateway: signs a notification and sends it to the shop. */
export const callback: Command = async (args) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { amount: { type: "string" }, currency: { type: "string" } },
  });
  const [paymentId, outcome] = positionals;
  if (paymentId === undefined || (outcome !== "succeed" && outcome !== "decline")) throw new Error(usage);
  const { home } = readConfig();
  const { edge, endpoints } = runningStack(home);
  const secrets = loadSecrets(home, serviceNames);
  const due = await findPaymentAmount({ ...endpoints.mysql, password: endpoints.mysql.password }, paymentId);
  const notification = {
    paymentId,
    gatewayRef: `fake-${randomUUID()}`,
    result: outcome === "succeed" ? "SUCCEEDED" : "FAILED",
    amountCents: values.amount === undefined ? due.amountCents : Number(values.amount),
    currency: values.currency ?? due.currency,
  };
  return send(edge, notification, secrets.keys.callbacks["FAKE"] ?? {});
};

async function send(edge: string, notification: object, keys: Record<string, string>): Promise<number> {
  const [keyId, secret] = Object.entries(keys)[0] ?? [];
  if (keyId === undefined || secret === undefined) throw new Error("secrets/keys.json has no key for the FAKE channel");
  const body = Buffer.from(JSON.stringify(notification));
  const createdSeconds = Math.floor(Date.now() / 1000);
  const signature = signRequest(
    { method: "POST", path, query: "", body, keyId, createdSeconds },
    Buffer.from(secret, "base64"),
  );
  const headers = { "content-type": "application/json", ...signature };
  const response = await fetch(`${edge}${path}`, { method: "POST", headers, body });
  console.log(`${response.status} ${await response.text()}`);
  return response.ok ? 0 : 1;
}
