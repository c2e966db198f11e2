/**
 * Guards passwords against being guessed. For one name and one client address no more than the configured number of tries
 * may fail per minute, over all instances and also when they come at once; what is beyond is refused before anything is
 * hashed. Tries for one name from many addresses are only held back, for 3 s at most, so that nobody can lock another out.
 * A try that has waited for its turn behind others so held back for more than 2 s is refused as well.
 * Names are counted as they are given, whether or not there is such an account: the limits tell nothing about it.
 * While Redis is away each instance counts for itself.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Refusal } from "#platform/http/route.ts";
import type { BlindIndex } from "#platform/security/blind-index.ts";
import type { Limit, TokenBuckets } from "#platform/security/token-buckets.ts";
import { clientNetwork } from "../access-lists/network-address.ts";
import { loginDelayMs } from "./login-delay.ts";

export interface Attempt {
  /** Normalised, so that one name is one whatever its spelling. */
  readonly name: string;
  readonly address: string;
}

export interface LoginLimits {
  /** Runs `verify`, or refuses with 429. An undefined result counts as a failure, a rejection does not. */
  guard<T>(attempt: Attempt, verify: () => Promise<T | undefined>): Promise<T | undefined | Refusal>;
}

export interface LoginLimitOptions {
  readonly buckets: Pick<TokenBuckets, "takeShared" | "giveBack">;
  /** 0 = no limit. */
  readonly failuresPerMinute: number;
  /** Keeps names out of Redis. */
  readonly index: BlindIndex;
  readonly sleep?: (delayMs: number) => Promise<unknown>;
  /** A clock in milliseconds that never goes back; the process's when absent. */
  readonly monotonicMs?: () => number;
}

const MINUTE_MS = 60_000;
// With these many more failures than one address may have, the delay is as long as it gets.
const COUNTED_BEYOND = 60;
const MOST_WAITING = 50;
// A try may then still be held back for 3 s and hashed before the edge gives up on it, after 6 s.
const LONGEST_TURN_MS = 2_000;

export function createLoginLimits(options: LoginLimitOptions): LoginLimits {
  const { buckets, failuresPerMinute, index, sleep = delay, monotonicMs = () => performance.now() } = options;
  if (failuresPerMinute === 0) return { guard: (_attempt, verify) => verify() };
  const perAddress: Limit = { name: "login-failures", tokens: failuresPerMinute, windowMs: MINUTE_MS };
  const overall: Limit = {
    name: "login-failures-anywhere",
    tokens: failuresPerMinute + COUNTED_BEYOND,
    windowMs: ((failuresPerMinute + COUNTED_BEYOND) / failuresPerMinute) * MINUTE_MS,
  };
  const inTurn = createLanes(monotonicMs);

  return {
    guard<T>({ name, address }: Attempt, verify: () => Promise<T | undefined>) {
      const who = index("login-name", name).toString("base64url");
      const here = `${who}:${clientNetwork(address)}`;
      // One after the other: a token is taken before it is known whether the try fails, and many right ones at once must
      // not be taken for failures.
      return inTurn(here, async (): Promise<T | undefined | Refusal> => {
        const taken = await buckets.takeShared(perAddress, here);
        if (!taken.allowed) return tooMany(taken.retryAfterMs);
        const { resetMs } = await buckets.takeShared(overall, who);
        const failures = (resetMs / overall.windowMs) * overall.tokens - 1;
        let failed = false;
        try {
          await sleep(loginDelayMs(failures, failuresPerMinute));
          const result = await verify();
          failed = result === undefined;
          return result;
        } finally {
          if (!failed) await Promise.all([buckets.giveBack(perAddress, here), buckets.giveBack(overall, who)]);
        }
      });
    },
  };
}

type InTurn = <T>(lane: string, work: () => Promise<T>) => Promise<T | Refusal>;

function createLanes(monotonicMs: () => number): InTurn {
  const lanes = new Map<string, { waiting: number; last: Promise<unknown> }>();
  return async (name, work) => {
    const lane = lanes.get(name) ?? { waiting: 0, last: Promise.resolve() };
    if (lane.waiting >= MOST_WAITING) return tooMany(1_000);
    lanes.set(name, lane);
    lane.waiting += 1;
    const cameMs = monotonicMs();
    const turn = lane.last.then(async () => (monotonicMs() - cameMs > LONGEST_TURN_MS ? tooMany(1_000) : work()));
    lane.last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      lane.waiting -= 1;
      if (lane.waiting === 0) lanes.delete(name);
    }
  };
}

function tooMany(retryAfterMs: number): Refusal {
  return { refused: "RATE_LIMITED", status: 429, retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / 1000)) };
}
