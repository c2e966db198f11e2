/**
 * What payment-channel.ts asks of a channel, as checks that any channel must pass: `testPaymentChannel` in the channel's own
 * test file, against the gateway's sandbox, or a stand-in with the gateway's behaviour.
 */
import { expect, test } from "vitest";
import { AppError } from "#platform/errors/app-error.ts";
import type { Attempt } from "../payment.ts";
import type { Outcome, PaymentChannel, Refund, SignedRequest } from "../payment-channel.ts";

export interface ChannelUnderTest {
  /** The channel as a process makes it at its start: what an earlier one remembered is gone. */
  open(): PaymentChannel;
  /** An attempt that the gateway has not heard of and will answer like this. */
  attempt(answer: Outcome["state"]): Attempt;
  /** A notification about an attempt, signed as the gateway does, at this Unix time; now, when it does not say. */
  notification(attempt: Attempt, createdSeconds?: number): SignedRequest;
  /**
   * What the gateway has on its books, if it can be asked: each charge and refund in its order. The FAKE gateway has none,
   * since it takes no money.
   */
  books?(paymentId: string): Promise<readonly BookEntry[]>;
}

export interface BookEntry {
  readonly kind: "charge" | "refund";
  readonly amountCents: number;
  readonly currency: string;
}

export interface ChannelCheck {
  readonly rule: string;
  check(subject: ChannelUnderTest): Promise<void>;
}

const OLD_SECONDS = 61;

/** Registers the whole contract as tests. */
export function testPaymentChannel(subject: () => ChannelUnderTest): void {
  test.each(channelContract)("$rule", async ({ check }) => {
    expect.hasAssertions();
    await check(subject());
  });
}

export const channelContract: readonly ChannelCheck[] = [
  {
    rule: "one payment id is one charge, asked for again, at the same time or by another process",
    async check(subject) {
      const attempt = subject.attempt("SUCCEEDED");
      const channel = subject.open();
      const first = await channel.charge(attempt);
      const again = await Promise.all([channel.charge(attempt), channel.charge(attempt)]);
      const elsewhere = await subject.open().charge(attempt);
      expect(first).toMatchObject({ state: "SUCCEEDED", gatewayRef: expect.stringMatching(/^.{1,64}$/) });
      for (const repeat of [...again, elsewhere]) expect(repeat).toEqual(first);
      await expectBooks(subject, attempt, ["charge"]);
    },
  },
  {
    rule: "two payment ids are two charges, also of the same amount",
    async check(subject) {
      const channel = subject.open();
      const [one, other] = [subject.attempt("SUCCEEDED"), subject.attempt("SUCCEEDED")];
      const outcomes = [await channel.charge(one), await channel.charge(other)];
      expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(2);
      await expectBooks(subject, other, ["charge"]);
    },
  },
  {
    rule: "a process that comes back learns by query what became of a charge, whatever became of it",
    async check(subject) {
      for (const state of ["SUCCEEDED", "FAILED", "PENDING"] as const) {
        const attempt = subject.attempt(state);
        const charged = await subject.open().charge(attempt);
        expect(charged.state).toBe(state);
        expect(await subject.open().query(attempt)).toEqual(charged);
        if (charged.state === "FAILED") expect(charged.failureCode).toMatch(/^[A-Z_]{1,40}$/);
        await expectBooks(subject, attempt, state === "SUCCEEDED" ? ["charge"] : []);
      }
    },
  },
  {
    rule: "asking takes no money",
    async check(subject) {
      const attempt = subject.attempt("SUCCEEDED");
      const known = await subject.open().query(attempt);
      expect(await subject.open().query(attempt)).toEqual(known);
      // FAKE answers as if every charge had arrived: it has no books, so nothing was taken either.
      if (subject.books) expect(known).toEqual({ state: "UNKNOWN" });
      await expectBooks(subject, attempt, []);
    },
  },
  {
    rule: "one refund id is one refund, of the whole amount in its currency",
    async check(subject) {
      const attempt = subject.attempt("SUCCEEDED");
      await subject.open().charge(attempt);
      const refund = refundOf(attempt);
      const channel = subject.open();
      const answers = [
        await channel.refund(refund),
        ...(await Promise.all([channel.refund(refund), channel.refund(refund)])),
      ];
      answers.push(await subject.open().refund(refund));
      expect(answers.filter(({ state }) => state === "FAILED")).toEqual([]);
      await expectBooks(subject, attempt, ["charge", "refund"]);
    },
  },
  {
    rule: "a notification of the gateway is believed once",
    async check(subject) {
      const channel = subject.open();
      const request = subject.notification(subject.attempt("PENDING"));
      await channel.verifyCallback(request);
      await expectRefused(channel, request, "sent again as it is");
      await expectRefused(subject.open(), request, "sent again to another process");
    },
  },
  {
    rule: "a notification is not believed when anything of it was changed, and changing it does not use it up",
    async check(subject) {
      const channel = subject.open();
      const request = subject.notification(subject.attempt("PENDING"));
      for (const [what, changed] of tamperedWith(request)) await expectRefused(channel, changed, what);
      await channel.verifyCallback(request);
    },
  },
  {
    rule: "a notification that is older than a minute, or from the future, is not believed",
    async check(subject) {
      const now = Math.floor(Date.now() / 1_000);
      for (const createdSeconds of [now - OLD_SECONDS - 1, now + OLD_SECONDS + 1]) {
        const request = subject.notification(subject.attempt("PENDING"), createdSeconds);
        await expectRefused(subject.open(), request, `created at ${createdSeconds}, now is ${now}`);
      }
    },
  },
];

function refundOf({ paymentId, orderId, amountCents, currency }: Attempt): Refund {
  return { refundId: `${paymentId}9`.slice(-19), paymentId, orderId, amountCents, currency };
}

async function expectBooks(
  { books }: ChannelUnderTest,
  { paymentId, amountCents, currency }: Attempt,
  kinds: readonly BookEntry["kind"][],
): Promise<void> {
  if (books === undefined) return;
  expect(await books(paymentId)).toEqual(kinds.map((kind) => ({ kind, amountCents, currency })));
}

async function expectRefused(channel: PaymentChannel, request: SignedRequest, what: string): Promise<void> {
  const outcome = await channel.verifyCallback(request).then(
    () => "believed",
    (error: unknown) => (error instanceof AppError ? `${error.status} ${error.code}` : String(error)),
  );
  expect(outcome, what).toBe("401 SIGNATURE_INVALID");
}

/** The request with each part of it changed in turn. */
function tamperedWith(request: SignedRequest): [string, SignedRequest][] {
  const copy = (over: Partial<SignedRequest>): SignedRequest => ({
    ...request,
    header: (name) => request.header(name),
    ...over,
  });
  const body = Buffer.from(request.body).toString();
  const changed = (from: RegExp, to: string): SignedRequest => {
    const text = body.replace(from, to);
    expect(text, `${String(from)} must be in the notification`).not.toBe(body);
    return copy({ body: Buffer.from(text) });
  };
  const without = (names: RegExp): SignedRequest =>
    copy({ header: (name) => (names.test(name) ? undefined : request.header(name)) });
  return [
    ["another amount", changed(/\d+(?=[^\d]*currency)/i, "1")],
    ["another currency", changed(/CNY/, "JPY")],
    ["another result", changed(/SUCCEEDED/, "FAILED")],
    ["another method", copy({ method: "PUT" })],
    ["another path", copy({ path: `${request.path}/x` })],
    ["another query", copy({ query: "a=1" })],
    ["no body", copy({ body: Buffer.alloc(0) })],
    ["no signature", without(/signature/)],
    ["no header at all", without(/./)],
    ["a key that is not known", copy({ header: (name) => (/key-?id/.test(name) ? "unknown" : request.header(name)) })],
  ];
}
