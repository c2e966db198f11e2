/** Who a user is: roles, what a log-in name can be, and when an account may be used. */

export const roles = ["shopper", "merchant", "ops"] as const;
export type Role = (typeof roles)[number];

export type AccountStatus = "ACTIVE" | "DISABLED" | "DELETED";

export interface Account {
  readonly userId: string;
  readonly username: string;
  readonly level: number;
  readonly status: AccountStatus;
  readonly roles: readonly Role[];
  /** Counts the events about this account. */
  readonly seq: number;
}

/** Which column a log-in name is looked up in. The three can never be taken for each other: see `isUsername`. */
export type LoginName = "username" | "phone" | "email";

/** Letters, digits, dot, dash and underscore, with at least one letter: neither a phone number nor an e-mail address. */
export function isUsername(text: string): boolean {
  return /^[\p{L}\p{M}\p{N}._-]{3,64}$/u.test(text) && /\p{L}/u.test(text);
}

export function loginNameKind(text: string): LoginName {
  if (text.includes("@")) return "email";
  return /^\+?[0-9 ()-]{5,32}$/.test(text) ? "phone" : "username";
}

/** Two usernames that look alike but for case are one. */
export function usernameKey(username: string): string {
  return username.normalize("NFKC").toLowerCase();
}
