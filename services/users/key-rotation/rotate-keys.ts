/**
 * Brings what is stored, and what lies in the topic, under the keys that are current, so that older ones can be taken out
 * of the configuration: data keys under the master key, blind indexes under the index key, addresses in the topic under
 * the transport key. Each can be stopped anywhere and begun again; work that others did meanwhile is left alone.
 */
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { Logger } from "#platform/logging/logger.ts";
import { type AddressKey, findUnderOtherKeys } from "../addresses/address-store.ts";
import { type TellDeps, tellAddressAgain } from "../addresses/tell-addresses-again.ts";
import type { Owner, PersonalData } from "../personal-data.ts";
import { type ContactRow, readContacts, readDataKeys, replaceDataKey, replaceIndexes } from "./rotation-store.ts";

export interface RotationDeps extends Pick<Backbone, "db"> {
  readonly personalData: PersonalData;
  readonly log: Logger;
  /** Asked before each page. */
  mayGoOn(): Promise<boolean>;
}

const PAGE = 200;

/** Wraps each data key by the current master key; what it opens stays as it is. Returns how many it wrapped. */
export function rewrapDataKeys(deps: RotationDeps): Promise<number> {
  const { db, personalData } = deps;
  return inPagesOf(deps, (after) => readDataKeys(db, after, PAGE), {
    keyOf: ({ userId }: Owner) => userId,
    async renew(owner) {
      const rewrapped = personalData.rewrap(owner);
      return rewrapped !== undefined && replaceDataKey(db, { from: owner, to: rewrapped });
    },
  });
}

/** Makes each phone and e-mail found by the index key in use. Returns for how many accounts. */
export function reindexContacts(deps: RotationDeps): Promise<number> {
  const { db, personalData } = deps;
  return inPagesOf(deps, (after) => readContacts(db, after, PAGE), {
    keyOf: ({ owner }: ContactRow) => owner.userId,
    async renew(row) {
      const { phone, email } = personalData.openContact(row.owner, row);
      const phoneIndex = phone === null ? null : personalData.phoneIndex(phone)[0];
      const emailIndex = email === null ? null : personalData.emailIndex(email)[0];
      if (isSame(phoneIndex, row.phoneIndex) && isSame(emailIndex, row.emailIndex)) return false;
      return replaceIndexes(db, row, { phoneIndex, emailIndex });
    },
  });
}

/** Tells each address again that travels under another than the current transport key. Returns how many. */
export async function retellAddresses(
  deps: RotationDeps & TellDeps & Pick<Backbone, "hasRoom" | "poke">,
): Promise<number> {
  const { db, addressEvents, hasRoom, poke } = deps;
  const mayGoOn = async (): Promise<boolean> => hasRoom() && (await deps.mayGoOn());
  const read = (after: string) => findUnderOtherKeys(db, addressEvents.transportKey, { after, limit: PAGE });
  const told = await inPagesOf({ ...deps, mayGoOn }, read, {
    keyOf: ({ key }: AddressKey) => key,
    renew: (key) => tellAddressAgain(deps, key),
  });
  if (told > 0) poke();
  return told;
}

async function inPagesOf<Row>(
  { mayGoOn, log }: RotationDeps,
  read: (after: string) => Promise<Row[]>,
  each: { keyOf(row: Row): string; renew(row: Row): Promise<boolean> },
): Promise<number> {
  let renewed = 0;
  let after = "0";
  while (await mayGoOn()) {
    const page = await read(after);
    for (const row of page) {
      after = each.keyOf(row);
      try {
        if (await each.renew(row)) renewed += 1;
      } catch (error) {
        // One damaged row must not keep all the others under the old key.
        if ((error as { code?: unknown }).code !== "CIPHERTEXT_INVALID") throw error;
        log.error({ err: error, id: after }, "personal data that cannot be read was left out of the rotation");
      }
    }
    if (page.length < PAGE) break;
  }
  return renewed;
}

function isSame(one: Buffer | null, other: Buffer | null): boolean {
  return one === null || other === null ? one === other : one.equals(other);
}
