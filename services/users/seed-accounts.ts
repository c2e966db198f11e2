import type { Cause } from "#platform/outbox/outgoing.ts";
import type { Role } from "./accounts/account.ts";
import { findByUsername } from "./accounts/account-store.ts";
import { registerAccount, type RegisterDeps } from "./accounts/register-account.ts";
import type { AddressFields } from "./addresses/address.ts";
import { hasHadAddress } from "./addresses/address-store.ts";
import { type AddressDeps, createAddress } from "./addresses/write-address.ts";

export interface DemoAccount {
  readonly role: Role;
  readonly username: string;
  readonly password: string;
}

const DEMO_ADDRESS: AddressFields = {
  receiver: "Demo Shopper",
  phone: "13800138000",
  region: "Shanghai",
  city: "Shanghai",
  district: "Pudong",
  street: "1 Century Avenue",
  postalCode: "200120",
};

const noContact = { phone: null, email: null };

/** Registers the accounts that do not exist yet; a shopper who never had an address gets one. */
export async function seedAccounts(
  deps: RegisterDeps & AddressDeps,
  accounts: readonly DemoAccount[],
  cause: Cause,
): Promise<void> {
  for (const { role, username, password } of accounts) {
    const known = await findByUsername(deps.db, username);
    if (known === undefined) {
      await registerAccount(deps, { ...noContact, role, username, password, isDemo: true }, cause);
    }
    if (role === "shopper") await seedAddress(deps, username, cause);
  }
}

async function seedAddress(deps: AddressDeps, username: string, cause: Cause): Promise<void> {
  const shopper = await findByUsername(deps.db, username);
  if (shopper === undefined || (await hasHadAddress(deps.db, shopper.userId))) return;
  const input = { fields: DEMO_ADDRESS, isDefault: true };
  await createAddress(deps, { userId: shopper.userId, input }, cause);
}
