import { type CursorValue, decodeCursor, encodeCursor } from "#platform/http/cursor.ts";
import { clientError } from "#platform/http/problem.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import { findAccount } from "../accounts/account-store.ts";
import type { Owner, PersonalData } from "../personal-data.ts";
import { type Address, parseAddressText } from "./address.ts";
import { findAddress, findAddresses, type StoredAddress } from "./address-store.ts";

export type ReadDeps = Pick<Backbone, "db"> & { readonly personalData: PersonalData };

/** One address of this user, or undefined. */
export async function readAddress(deps: ReadDeps, userId: string, addressId: string): Promise<Address | undefined> {
  const [account, stored] = await Promise.all([findAccount(deps.db, userId), findAddress(deps.db, userId, addressId)]);
  return account && stored && open(deps.personalData, account.owner, stored);
}

/** A page of the user's addresses, the default one first. */
export async function listAddresses(
  { db, personalData }: ReadDeps,
  userId: string,
  page: { cursor?: string | undefined; limit: number },
): Promise<{ items: Address[]; nextCursor: string | null }> {
  const after = page.cursor === undefined ? BEFORE_ALL : placeOf(decodeCursor(page.cursor, 2));
  const [account, stored] = await Promise.all([
    findAccount(db, userId),
    findAddresses(db, userId, { after, limit: page.limit + 1 }),
  ]);
  if (account === undefined) return { items: [], nextCursor: null };
  const items = stored.slice(0, page.limit).map((address) => open(personalData, account.owner, address));
  const last = stored.length > page.limit ? items.at(-1) : undefined;
  return { items, nextCursor: last === undefined ? null : encodeCursor([Number(last.isDefault), last.addressId]) };
}

const BEFORE_ALL = { isDefault: 2, addressId: "0" };

function placeOf([isDefault, addressId]: readonly CursorValue[]): { isDefault: number; addressId: string } {
  if ((isDefault === 0 || isDefault === 1) && typeof addressId === "string" && /^[0-9]{1,19}$/.test(addressId)) {
    return { isDefault, addressId };
  }
  throw clientError("CURSOR_INVALID", "The cursor is not one that was given out");
}

function open(personalData: PersonalData, owner: Owner, stored: StoredAddress): Address {
  const { addressId, userId, isDefault, seq } = stored;
  const fields = parseAddressText(personalData.openAddress(owner, addressId, stored.cipher));
  return { addressId, userId, fields, isDefault, seq };
}
