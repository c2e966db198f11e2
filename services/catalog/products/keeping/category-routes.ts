import { z } from "zod";
import { idText, pageQuery, trimmedText } from "#platform/http/fields.ts";
import { type Route, route } from "#platform/http/route.ts";
import { readCategoryPage } from "../catalogue-store.ts";
import type { Category } from "../category.ts";
import { idOfCursor, pageOf } from "../id-page.ts";
import { readCategories } from "../product-store.ts";
import { addCategory, changeCategory } from "./keep-categories.ts";
import { answer, kept, nextCursor, sort } from "./kept-fields.ts";
import { type CatalogueKeeping, NOT_FOUND } from "./keeping-deps.ts";

const params = z.strictObject({ categoryId: idText });
const body = z.strictObject({
  name: trimmedText(100),
  parentId: idText.nullable().default(null),
  sort: sort.default(0),
});
const category = z.strictObject({
  categoryId: idText,
  name: z.string(),
  parentId: idText.nullable(),
  level: z.int().min(1),
  sort: z.int(),
});
const categories = z.strictObject({ items: z.array(category), nextCursor });

export function categoryRoutes(deps: CatalogueKeeping): readonly Route[] {
  return [
    route({
      ...kept,
      method: "POST",
      path: "/admin/categories",
      summary: "Add a category; the same name below the same parent again is the same category",
      body,
      answers: { 201: category },
      refusals: ["DOCUMENT_CONFLICT", "OUTBOX_FULL"],
      handle: async (request) => answer(201, await addCategory(deps, request.body), viewOf),
    }),
    route({
      ...kept,
      method: "GET",
      path: "/admin/categories",
      summary: "The categories one by one, by id",
      query: pageQuery,
      answers: { 200: categories },
      refusals: ["CURSOR_INVALID"],
      async handle({ query: { cursor, limit } }) {
        const found = await readCategoryPage(deps.db, { after: idOfCursor(cursor), limit: limit + 1 });
        return { status: 200, body: pageOf(found, limit, ({ categoryId }) => categoryId) };
      },
    }),
    route({
      ...kept,
      method: "GET",
      path: "/admin/categories/{categoryId}",
      summary: "One category",
      params,
      answers: { 200: category },
      refusals: ["NOT_FOUND"],
      async handle(request) {
        const all = await readCategories(deps.db);
        const found = all.find(({ categoryId }) => categoryId === request.params.categoryId);
        return answer(200, found ?? NOT_FOUND, viewOf);
      },
    }),
    route({
      ...kept,
      method: "PUT",
      path: "/admin/categories/{categoryId}",
      summary: "Rename, move or sort a category; all below it comes along",
      params,
      body,
      answers: { 200: category },
      refusals: ["NOT_FOUND", "DOCUMENT_CONFLICT", "OUTBOX_FULL"],
      handle: async (request) =>
        answer(200, await changeCategory(deps, request.params.categoryId, request.body), viewOf),
    }),
  ];
}

function viewOf({ categoryId, name, parentId, level, sort: place }: Category): z.input<typeof category> {
  return { categoryId, name, parentId, level, sort: place };
}
