/**
 * Rotation of the master key: wraps shoppers' keys, which stay the same, with the current one, so that no snapshot needs to
 * be encrypted anew. When a pass finds nothing more to do, the old master key can go. It reads all keys, a page at a time.
 */
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { AddressVault } from "./address-vault.ts";
import { readWrappedKeys, replaceWrappedKey } from "./shopper-key-store.ts";

export interface RewrapDeps extends Pick<Backbone, "db"> {
  readonly vault: Pick<AddressVault, "rewrap">;
  /** False when another instance does it, or this one stops. */
  mayGoOn(): Promise<boolean>;
}

const PAGE = 1_000;

/** Returns how many keys it wrapped anew. Throws CIPHERTEXT_INVALID for a key whose master key is not known here. */
export async function rewrapKeys({ db, vault, mayGoOn }: RewrapDeps): Promise<number> {
  let total = 0;
  let after = "0";
  while (await mayGoOn()) {
    const page = await readWrappedKeys(db, after, PAGE);
    for (const key of page) {
      const rewrapped = vault.rewrap(key.wrappedKey, key.userId);
      if (rewrapped !== undefined && (await replaceWrappedKey(db, key, rewrapped))) total += 1;
    }
    after = page.at(-1)?.userId ?? after;
    if (page.length < PAGE) break;
  }
  return total;
}
