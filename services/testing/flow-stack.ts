/** The running shop that flow tests use: the addresses and accounts in the file named by MALL_TEST_STACK. */
import { readFileSync } from "node:fs";
import { readConfig, text } from "#platform/config/config.ts";
import type { StackUnderTest } from "#platform/testing/stack-under-test.ts";

export interface FlowStack extends StackUnderTest {
  readonly home: string;
  /** Origin of the edge, without `/api`. */
  readonly edge: string;
  readonly schemaIdsFile: string;
  readonly secrets: {
    readonly accounts: readonly { role: string; username: string; password: string }[];
    /** Database passwords by service. */
    readonly passwords: { readonly services: Readonly<Record<string, string>> };
    /** Keys of the payment channels: channel, key id, base64 of the secret. */
    readonly keys: { readonly callbacks: Readonly<Record<string, Readonly<Record<string, string>>>> };
  };
}

export function flowStack(): FlowStack {
  const { file } = readConfig({ file: text("MALL_TEST_STACK") });
  return JSON.parse(readFileSync(file, "utf8")) as FlowStack;
}

/** A demo account by role: `shopper`, `merchant` or `ops`. */
export function demoAccount(role: string): { username: string; password: string } {
  const account = flowStack().secrets.accounts.find((candidate) => candidate.role.endsWith(role));
  if (!account) throw new Error(`there is no demo account for the role ${role}`);
  return account;
}
