import { generateKeyPairSync, randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomically } from "./write-file-atomically.ts";

export interface DemoAccount {
  role: string;
  username: string;
  password: string;
}

export interface KeyRing {
  current: string;
  keys: Record<string, string>;
}

export interface Passwords {
  mysqlAdministrator: string;
  mysqlReader: string;
  /** For docker-compose.yml only (deploy/write-env-file.ts): the native Redis listens on 127.0.0.1 and asks for none. */
  redis: string;
  /** Database password by service. */
  services: Record<string, string>;
}

export interface Keys {
  /** Keys of the signed internal identity, by the service that verifies it. */
  identity: Record<string, string>;
  ops: Record<string, string>;
  /** Ed25519, PEM in base64. */
  accessToken: { privateKey: string; publicKey: string };
  addressTransport: KeyRing;
  /** By service: each encrypts its own tables under its own key. */
  piiMaster: Record<string, KeyRing>;
  blindIndex: string;
  /** By payment channel, then key id. */
  callbacks: Record<string, Record<string, string>>;
}

export interface Secrets {
  accounts: DemoAccount[];
  passwords: Passwords;
  keys: Keys;
}

/** Reads the secrets of this home and generates, once, those that do not exist yet: a service added later gets its own without changing the others. */
export function loadSecrets(home: string, services: string[]): Secrets {
  const folder = join(home, "secrets");
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o700);
  return {
    accounts: loadOrMake<DemoAccount[]>(join(folder, "accounts.json"), (known) => known ?? demoAccounts()),
    passwords: loadOrMake<Passwords>(join(folder, "passwords.json"), (known) => completePasswords(known, services)),
    keys: loadOrMake<Keys>(join(folder, "keys.json"), (known) => completeKeys(known, services)),
  };
}

/** Whether this home has been used: asking for its state should not make it so. */
export function hasSecrets(home: string): boolean {
  return existsSync(join(home, "secrets", "keys.json"));
}

export function demoAccount(secrets: Secrets, role: string): DemoAccount {
  const account = secrets.accounts.find((candidate) => candidate.role === role);
  if (account === undefined) throw new Error(`secrets/accounts.json names no account of role "${role}"`);
  return account;
}

function demoAccounts(): DemoAccount[] {
  return ["shopper", "merchant", "ops"].map((role) => ({ role, username: `demo-${role}`, password: newPassword() }));
}

function completePasswords(known: Passwords | undefined, services: string[]): Passwords {
  return {
    mysqlAdministrator: known?.mysqlAdministrator ?? newPassword(),
    mysqlReader: known?.mysqlReader ?? newPassword(),
    redis: known?.redis ?? newPassword(),
    services: { ...forEach(services, newPassword), ...known?.services },
  };
}

function completeKeys(known: Keys | undefined, services: string[]): Keys {
  return {
    identity: { ...forEach(services, newKey), ...known?.identity },
    ops: { ...forEach(services, newKey), ...known?.ops },
    accessToken: known?.accessToken ?? newTokenKeys(),
    addressTransport: known?.addressTransport ?? newKeyRing("t1"),
    piiMaster: { ...forEach(services, () => newKeyRing("m1")), ...known?.piiMaster },
    blindIndex: known?.blindIndex ?? newKey(),
    callbacks: known?.callbacks ?? { FAKE: { fake1: newKey() } },
  };
}

function loadOrMake<T>(file: string, complete: (known: T | undefined) => T): T {
  const text = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  // The file is only ever written by this function, so it has the shape that this function gave it.
  const whole = complete(text === undefined ? undefined : (JSON.parse(text) as T));
  const wanted = `${JSON.stringify(whole, null, 2)}\n`;
  if (wanted !== text) writeFileAtomically(file, wanted);
  return whole;
}

function forEach<T>(names: string[], make: () => T): Record<string, T> {
  return Object.fromEntries(names.map((name) => [name, make()]));
}

function newPassword(): string {
  return randomBytes(18).toString("base64url");
}

function newKey(): string {
  return randomBytes(32).toString("base64");
}

function newKeyRing(id: string): KeyRing {
  return { current: id, keys: { [id]: newKey() } };
}

function newTokenKeys(): { privateKey: string; publicKey: string } {
  const pair = generateKeyPairSync("ed25519", {
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  return { privateKey: toBase64(pair.privateKey), publicKey: toBase64(pair.publicKey) };
}

function toBase64(text: string): string {
  return Buffer.from(text).toString("base64");
}
