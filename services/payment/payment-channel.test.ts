/** The contract for FAKE, for a gateway with books of its own, and proof that it finds what it is there to find. */
import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createIds } from "#platform/ids/ids.ts";
import type { NonceStore } from "#platform/security/nonce-store.ts";
import { signRequest } from "#platform/security/request-signing.ts";
import { createFakeChannel } from "./fake-channel.ts";
import type { Attempt } from "./payment.ts";
import type { Outcome, PaymentChannel } from "./payment-channel.ts";
import {
  type BookEntry,
  channelContract,
  type ChannelUnderTest,
  testPaymentChannel,
} from "./testing/payment-channel-contract.ts";

const newId = createIds();
const secret = Buffer.alloc(32, 9);
const now = (): number => Math.floor(Date.now() / 1_000);
const SCENARIO = { SUCCEEDED: "succeed", FAILED: "decline", PENDING: "pending" } as const;

function anAttempt(answer: Outcome["state"]): Attempt {
  return {
    paymentId: newId(),
    orderId: newId(),
    userId: "4711",
    channel: "FAKE",
    scenario: SCENARIO[answer],
    amountCents: 12_345,
    currency: "CNY",
    status: "PENDING",
    failureCode: null,
  };
}

/** Nonces that outlive a process, as those in Redis do. */
function sharedNonces(): NonceStore {
  const seen = new Set<string>();
  return {
    prepare: async () => {},
    async remember(keyId, nonce) {
      const isNew = !seen.has(`${keyId} ${nonce}`);
      seen.add(`${keyId} ${nonce}`);
      return isNew;
    },
  };
}

function notification({ paymentId, amountCents, currency }: Attempt, createdSeconds = now()) {
  const document = { paymentId, gatewayRef: "g-1", result: "SUCCEEDED", amountCents, currency };
  const body = Buffer.from(JSON.stringify(document));
  const parts = { method: "POST", path: "/api/payments/callbacks/FAKE", query: "", body };
  const signature = signRequest({ ...parts, keyId: "k1", createdSeconds, nonce: randomUUID() }, secret);
  const headers = new Map(Object.entries(signature).map(([name, value]) => [name.toLowerCase(), value]));
  return { ...parts, header: (name: string) => headers.get(name) };
}

function fake(nonces = sharedNonces()): ChannelUnderTest {
  return { open: () => createFakeChannel({ secrets: { k1: secret }, nonces }), attempt: anAttempt, notification };
}

/** A gateway with a server, as ALIPAY and WECHAT have: it knows what it was asked, whoever asks. */
function withBooks(fault: (channel: PaymentChannel, books: Map<string, BookEntry[]>) => Partial<PaymentChannel>) {
  const books = new Map<string, BookEntry[]>();
  const outcomes = new Map<string, Outcome>();
  const refunds = new Set<string>();
  const base = fake();
  const enter = (paymentId: string, entry: BookEntry): void =>
    void books.set(paymentId, [...(books.get(paymentId) ?? []), entry]);
  const open = (): PaymentChannel => {
    const channel: PaymentChannel = {
      ...base.open(),
      async charge(attempt) {
        const { paymentId, amountCents, currency } = attempt;
        const known = outcomes.get(paymentId);
        if (known) return known;
        const outcome = await base.open().charge(attempt);
        if (outcome.state === "SUCCEEDED") enter(paymentId, { kind: "charge", amountCents, currency });
        outcomes.set(paymentId, outcome);
        return outcome;
      },
      query: async ({ paymentId }) => outcomes.get(paymentId) ?? { state: "UNKNOWN" },
      async refund({ refundId, paymentId, amountCents, currency }) {
        if (!refunds.has(refundId)) enter(paymentId, { kind: "refund", amountCents, currency });
        refunds.add(refundId);
        return { state: "SUCCEEDED" };
      },
    };
    return { ...channel, ...fault(channel, books) };
  };
  return { ...base, open, books: async (paymentId: string) => books.get(paymentId) ?? [] };
}

/** Rules that a channel breaks. */
async function broken(subject: ChannelUnderTest): Promise<string[]> {
  const results = await Promise.allSettled(channelContract.map(({ check }) => check(subject)));
  return channelContract.filter((_, index) => results[index]?.status === "rejected").map(({ rule }) => rule);
}

describe("the FAKE channel", () => {
  testPaymentChannel(() => fake());
});

describe("a gateway with books of its own", () => {
  testPaymentChannel(() => withBooks(() => ({})));
});

describe("the contract finds a channel that", () => {
  const entry = { kind: "charge", amountCents: 12_345, currency: "CNY" } as const;
  const faults: Record<string, ChannelUnderTest> = {
    "takes the money again when asked again": withBooks((channel, books) => ({
      async charge(attempt) {
        const known = books.get(attempt.paymentId);
        const outcome = await channel.charge(attempt);
        if (known && outcome.state === "SUCCEEDED") books.set(attempt.paymentId, [...known, entry]);
        return outcome;
      },
    })),
    "takes another amount": withBooks((channel) => ({
      charge: (attempt) => channel.charge({ ...attempt, amountCents: attempt.amountCents / 100 }),
    })),
    "has forgotten the charge after a crash": withBooks(() => ({ query: async () => ({ state: "UNKNOWN" }) })),
    "calls a pending charge failed": withBooks((channel) => ({
      async query(attempt) {
        const known = await channel.query(attempt);
        return known.state === "PENDING" ? { state: "FAILED", failureCode: "TIMEOUT" } : known;
      },
    })),
    "charges when asked": withBooks((channel) => ({ query: (attempt) => channel.charge(attempt) })),
    "refunds twice": withBooks((channel, books) => ({
      async refund(refund) {
        const outcome = await channel.refund(refund);
        books.set(refund.paymentId, [...(books.get(refund.paymentId) ?? []), { ...entry, kind: "refund" }]);
        return outcome;
      },
    })),
    "believes everybody": withBooks(() => ({ verifyCallback: async () => {} })),
    "remembers notifications in its process only": {
      ...fake(),
      open: () => createFakeChannel({ secrets: { k1: secret }, nonces: sharedNonces() }),
    },
    "does not look at the time": {
      ...fake(),
      notification: (attempt) => notification(attempt),
    },
  };

  test.each(Object.entries(faults))("%s", async (_what, subject) => {
    expect(await broken(subject)).not.toEqual([]);
  });
});
