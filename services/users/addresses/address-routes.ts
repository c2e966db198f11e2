import { z } from "zod";
import { idText, pageQuery, trimmedText } from "#platform/http/fields.ts";
import { type Refusal, type Route, route } from "#platform/http/route.ts";
import { phoneText } from "../contact-fields.ts";
import { addressAnswer, clearAddress, maskedAddress } from "./address-view.ts";
import { listAddresses, readAddress } from "./read-addresses.ts";
import { type AddressDeps, type AddressInput, createAddress, removeAddress, replaceAddress } from "./write-address.ts";

const addressBody = z.strictObject({
  receiver: trimmedText(64),
  phone: phoneText,
  region: trimmedText(64),
  city: trimmedText(64),
  district: trimmedText(64),
  street: trimmedText(200),
  postalCode: trimmedText(16).nullish(),
  isDefault: z.boolean().optional(),
});
const addressParams = z.strictObject({ id: idText });
const addressPage = z.strictObject({ items: z.array(addressAnswer), nextCursor: z.string().nullable() });
const NOT_FOUND: Refusal = { refused: "NOT_FOUND", status: 404 };

function inputOf({ isDefault, postalCode = null, ...fields }: z.output<typeof addressBody>): AddressInput {
  return { fields: { ...fields, postalCode }, isDefault };
}

/** A user's own addresses; whose they are is part of every query. */
export function addressRoutes(deps: AddressDeps): readonly Route[] {
  return [...readingRoutes(deps), ...writingRoutes(deps)];
}

function readingRoutes(deps: AddressDeps): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/users/me/addresses",
      access: "shopper",
      tag: "addresses",
      summary: "The own addresses, masked, the default one first",
      query: pageQuery,
      answers: { 200: addressPage },
      refusals: ["CURSOR_INVALID"],
      async handle({ caller, query }) {
        const { items, nextCursor } = await listAddresses(deps, String(caller.userId), query);
        return { status: 200, body: { items: items.map(maskedAddress), nextCursor } };
      },
    }),
    route({
      method: "GET",
      path: "/users/me/addresses/{id}",
      access: "shopper",
      tag: "addresses",
      summary: "One of the own addresses, in clear",
      params: addressParams,
      answers: { 200: addressAnswer },
      async handle({ caller, params }) {
        const address = await readAddress(deps, String(caller.userId), params.id);
        if (address === undefined) return NOT_FOUND;
        return { status: 200, body: clearAddress(address), headers: { "Cache-Control": "no-store" } };
      },
    }),
  ];
}

function writingRoutes(deps: AddressDeps): readonly Route[] {
  return [
    route({
      method: "POST",
      path: "/users/me/addresses",
      access: "shopper",
      tag: "addresses",
      summary: "Add an address",
      body: addressBody,
      answers: { 201: addressAnswer },
      async handle({ caller, body, cause }) {
        const address = await createAddress(deps, { userId: String(caller.userId), input: inputOf(body) }, cause);
        if (address === undefined) return NOT_FOUND;
        const headers = { Location: `/users/me/addresses/${address.addressId}` };
        return { status: 201, body: maskedAddress(address), headers };
      },
    }),
    route({
      method: "PUT",
      path: "/users/me/addresses/{id}",
      access: "shopper",
      tag: "addresses",
      summary: "Replace an address",
      params: addressParams,
      body: addressBody,
      answers: { 200: addressAnswer },
      async handle({ caller, params, body, cause }) {
        const place = { userId: String(caller.userId), addressId: params.id };
        const address = await replaceAddress(deps, { ...place, input: inputOf(body) }, cause);
        return address === undefined ? NOT_FOUND : { status: 200, body: maskedAddress(address) };
      },
    }),
    route({
      method: "DELETE",
      path: "/users/me/addresses/{id}",
      access: "shopper",
      tag: "addresses",
      summary: "Remove an address",
      params: addressParams,
      answers: { 204: null },
      async handle({ caller, params, cause }) {
        const removed = await removeAddress(deps, { userId: String(caller.userId), addressId: params.id }, cause);
        return removed ? { status: 204 } : NOT_FOUND;
      },
    }),
  ];
}
