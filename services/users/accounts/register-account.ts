import { databaseNow, inTransaction } from "#platform/database/database.ts";
import { sqlErrorKind } from "#platform/database/sql-errors.ts";
import type { Refusal } from "#platform/http/route.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { Cause } from "#platform/outbox/outgoing.ts";
import type { Passwords } from "#platform/security/passwords.ts";
import type { Contact, PersonalData } from "../personal-data.ts";
import { type Account, type Role, usernameKey as usernameKeyOf } from "./account.ts";
import { userChanged } from "./account-events.ts";
import { type AccountNames, insertAccount, isNameTaken } from "./account-store.ts";
import { type UserView, userView } from "./user-view.ts";

export interface RegisterDeps extends Pick<Backbone, "db" | "outbox" | "poke"> {
  readonly passwords: Passwords;
  readonly personalData: PersonalData;
  newId(): string;
}

export interface Registration extends Contact {
  readonly username: string;
  readonly password: string;
  readonly role: Role;
  /** Not to be met in production. */
  readonly isDemo?: boolean;
}

export const ACCOUNT_EXISTS: Refusal = { refused: "ACCOUNT_EXISTS" };

/** A new account with its own data key; refused when username, phone or e-mail belongs to another one. */
export async function registerAccount(deps: RegisterDeps, input: Registration, cause: Cause) {
  // Before the transaction: a hash takes as long as a hundred statements.
  const passwordHash = await deps.passwords.hashPassword(input.password);
  const first = await tryToRegister(deps, { ...input, passwordHash }, cause);
  // Neither registered nor refused: the id was taken, which chance allows once in a long while.
  const outcome = first ?? (await tryToRegister(deps, { ...input, passwordHash }, cause)) ?? ACCOUNT_EXISTS;
  if (!("refused" in outcome)) deps.poke();
  return outcome;
}

async function tryToRegister(
  { db, outbox, personalData, newId }: RegisterDeps,
  input: Registration & { passwordHash: string },
  cause: Cause,
): Promise<UserView | Refusal | undefined> {
  const { username, passwordHash, role, isDemo = false } = input;
  const userId = newId();
  const account: Account = { userId, username, level: 0, status: "ACTIVE", roles: [role], seq: 1 };
  const owner = personalData.newOwner(userId);
  const contact = personalData.sealContact(owner, input);
  const names = { usernameKey: usernameKeyOf(username), ...contactNames(personalData, input) };
  try {
    const taken = await inTransaction(db, async (trx) => {
      if (hasOtherForms(names) && (await isNameTaken(trx, userId, names))) return true;
      const now = await databaseNow(trx);
      const { usernameKey } = names;
      await insertAccount(trx, { ...account, usernameKey, passwordHash, owner, contact, isDemo }, now);
      await outbox.append(trx, [userChanged(account)], { cause, now });
      return false;
    });
    return taken ? ACCOUNT_EXISTS : userView(account, input);
  } catch (error) {
    if (sqlErrorKind(error) !== "duplicate") throw error;
    return (await isNameTaken(db, userId, names)) ? ACCOUNT_EXISTS : undefined;
  }
}

/** The forms under which others may hold this contact. */
export function contactNames(personalData: PersonalData, { phone, email }: Contact) {
  return {
    phone: phone === null ? null : personalData.phoneIndex(phone),
    email: email === null ? null : personalData.emailIndex(email),
  };
}

/** While two index keys are known the unique keys of the table do not see all that are equal. */
export function hasOtherForms({ phone, email }: Pick<AccountNames, "phone" | "email">): boolean {
  return phone?.[1] !== undefined || email?.[1] !== undefined;
}
