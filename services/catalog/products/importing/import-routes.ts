import { z } from "zod";
import { type Route, route } from "#platform/http/route.ts";
import { kept } from "../keeping/kept-fields.ts";
import type { CatalogueKeeping } from "../keeping/keeping-deps.ts";
import { importProducts } from "./import-products.ts";

const MAX_FILE_BYTES = 5 * 1024 * 1024;
const reports = z.array(
  z.strictObject({
    line: z.int().min(1),
    result: z.enum(["created", "updated", "unchanged", "refused"]),
    reason: z.string().nullable(),
  }),
);

export function importRoutes(deps: CatalogueKeeping): readonly Route[] {
  return [
    route({
      ...kept,
      method: "POST",
      path: "/admin/products/import",
      summary: "Take in products from a CSV file; the same file again changes nothing",
      bodyType: "text/csv",
      maxBodyBytes: MAX_FILE_BYTES,
      mayWait: true,
      body: z.string(),
      answers: { 200: reports },
      refusals: ["OUTBOX_FULL"],
      handle: async (request) => ({ status: 200, body: await importProducts(deps, request.body, request) }),
    }),
  ];
}
