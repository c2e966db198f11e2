/**
 * Password hashes: argon2id with the OWASP parameters. Guarantees that at most two run at a time, so that a flood of
 * log-ins takes two threads and not the process; the rest wait in a bounded queue, beyond it 429 RATE_LIMITED at once.
 */
import { hash, verify } from "@node-rs/argon2";
import { readFileSync } from "node:fs";
import { AppError } from "../errors/app-error.ts";

export interface Passwords {
  hashPassword(password: string): Promise<string>;
  verifyPassword(stored: string, password: string): Promise<boolean>;
  /** Takes as long as a verification and is always false: for users that do not exist. */
  dummyVerify(password: string): Promise<false>;
}

// Algorithm.Argon2id; the package declares a const enum, which cannot be read when types are stripped.
const ARGON2ID = 2;
const PARAMETERS = { algorithm: ARGON2ID, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export function createPasswords({ concurrent = 2, queued = 50 } = {}): Passwords {
  const gate = createGate(concurrent, queued);
  // Made now: made at the first unknown name, it would make that one's answer take twice as long.
  const dummy = hash("no such user", PARAMETERS);
  dummy.catch(() => undefined);
  return {
    hashPassword: (password) => gate(() => hash(password, PARAMETERS)),
    verifyPassword: (stored, password) => gate(() => verify(stored, password)),
    async dummyVerify(password) {
      const stored = await dummy;
      await gate(() => verify(stored, password));
      return false;
    },
  };
}

let common: ReadonlySet<string> | undefined;

/** True for the passwords of eight characters and more that attackers try first. */
export function isCommonPassword(password: string): boolean {
  common ??= new Set(readFileSync(new URL("./common-passwords.txt", import.meta.url), "utf8").split(/\s+/));
  return common.has(password.toLowerCase());
}

type Gate = <T>(work: () => Promise<T>) => Promise<T>;

function createGate(concurrent: number, queued: number): Gate {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= concurrent) {
      if (waiting.length >= queued) throw tooMany();
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      // The place is handed on, not given up, so that nobody overtakes the queue.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

function tooMany(): AppError {
  return new AppError({
    code: "RATE_LIMITED",
    message: "Too many log-ins at once",
    retry: "later",
    status: 429,
    retryAfterSeconds: 1,
  });
}
