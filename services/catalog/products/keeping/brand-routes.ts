import { z } from "zod";
import { idText, pageQuery, trimmedText } from "#platform/http/fields.ts";
import { type Route, route } from "#platform/http/route.ts";
import { type Brand, readBrand, readKeptBrands } from "../catalogue-store.ts";
import { idOfCursor, pageOf } from "../id-page.ts";
import { addBrand, changeBrand } from "./keep-brands.ts";
import { answer, kept, nextCursor, sort } from "./kept-fields.ts";
import { type CatalogueKeeping, NOT_FOUND } from "./keeping-deps.ts";

const params = z.strictObject({ brandId: idText });
const body = z.strictObject({ name: trimmedText(100), sort: sort.default(0) });
const brand = z.strictObject({ brandId: idText, name: z.string(), sort: z.int() });
const brands = z.strictObject({ items: z.array(brand), nextCursor });
const asIs = (found: Brand): Brand => found;

export function brandRoutes(deps: CatalogueKeeping): readonly Route[] {
  return [
    route({
      ...kept,
      method: "POST",
      path: "/admin/brands",
      summary: "Add a brand; the same name again is the same brand",
      body,
      answers: { 201: brand },
      refusals: ["DOCUMENT_CONFLICT", "OUTBOX_FULL"],
      handle: async (request) => answer(201, await addBrand(deps, request.body), asIs),
    }),
    route({
      ...kept,
      method: "GET",
      path: "/admin/brands",
      summary: "The brands, by id",
      query: pageQuery,
      answers: { 200: brands },
      refusals: ["CURSOR_INVALID"],
      async handle({ query: { cursor, limit } }) {
        const found = await readKeptBrands(deps.db, { after: idOfCursor(cursor), limit: limit + 1 });
        return { status: 200, body: pageOf(found, limit, ({ brandId }) => brandId) };
      },
    }),
    route({
      ...kept,
      method: "GET",
      path: "/admin/brands/{brandId}",
      summary: "One brand",
      params,
      answers: { 200: brand },
      refusals: ["NOT_FOUND"],
      handle: async (request) => answer(200, (await readBrand(deps.db, request.params.brandId)) ?? NOT_FOUND, asIs),
    }),
    route({
      ...kept,
      method: "PUT",
      path: "/admin/brands/{brandId}",
      summary: "Rename or sort a brand",
      params,
      body,
      answers: { 200: brand },
      refusals: ["NOT_FOUND", "DOCUMENT_CONFLICT", "OUTBOX_FULL"],
      handle: async (request) => answer(200, await changeBrand(deps, request.params.brandId, request.body), asIs),
    }),
  ];
}
