/** How addresses are shown: in clear only where a route says so, masked everywhere else. */
import { z } from "zod";
import { idText } from "#platform/http/fields.ts";
import { maskName, maskPhone, maskStreet } from "#platform/security/masking.ts";
import type { Address } from "./address.ts";

export const addressAnswer = z.strictObject({
  addressId: idText,
  receiver: z.string(),
  phone: z.string(),
  region: z.string(),
  city: z.string(),
  district: z.string(),
  street: z.string(),
  postalCode: z.string().nullable(),
  isDefault: z.boolean(),
});

export type AddressView = z.output<typeof addressAnswer>;

export function clearAddress({ addressId, fields, isDefault }: Address): AddressView {
  const { receiver, phone, region, city, district, street, postalCode } = fields;
  return { addressId, receiver, phone, region, city, district, street, postalCode, isDefault };
}

export function maskedAddress(address: Address): AddressView {
  const { receiver, phone, street } = address.fields;
  return {
    ...clearAddress(address),
    receiver: maskName(receiver),
    phone: maskPhone(phone),
    street: maskStreet(street),
  };
}
