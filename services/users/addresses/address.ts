/** A delivery address. The field names are those of the REST contract and of the encrypted part of AddressChanged. */

export interface AddressFields {
  readonly receiver: string;
  readonly phone: string;
  readonly region: string;
  readonly city: string;
  readonly district: string;
  readonly street: string;
  readonly postalCode: string | null;
}

export interface Address {
  readonly addressId: string;
  readonly userId: string;
  readonly fields: AddressFields;
  readonly isDefault: boolean;
  /** Counts the events about this address. */
  readonly seq: number;
}

/** The form in which an address is encrypted, in rows and in events: one order of fields, and no others. */
export function addressText(fields: AddressFields): string {
  const { receiver, phone, region, city, district, street, postalCode } = fields;
  return JSON.stringify({ receiver, phone, region, city, district, street, postalCode });
}

export function parseAddressText(text: string): AddressFields {
  return JSON.parse(text) as AddressFields;
}
