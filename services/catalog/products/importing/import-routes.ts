import { Readable } from "node:stream";
import { z } from "zod";
import { type Route, route } from "#platform/http/route.ts";
import { kept } from "../keeping/kept-fields.ts";
import type { CatalogueKeeping } from "../keeping/keeping-deps.ts";
import { importProducts, type LineReport } from "./import-products.ts";

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
      body: z.string().min(1),
      answers: { 200: reports },
      refusals: ["OUTBOX_FULL"],
      async handle({ body, cause }) {
        const batches = importProducts(deps, body, cause);
        // What concerns the file as a whole is known with the first batch, while there is still a status to choose.
        const first = await batches.next();
        const text = Readable.from(jsonText(first.done ? [] : first.value, batches));
        return { status: 200, body: text, headers: { "Content-Type": "application/json; charset=utf-8" } };
      },
    }),
  ];
}

/** A JSON array in pieces: a large file takes longer than anybody should wait for a first byte. */
async function* jsonText(
  first: readonly LineReport[],
  more: AsyncIterable<readonly LineReport[]>,
): AsyncGenerator<string> {
  yield `[${jsonOf(first)}`;
  for await (const batch of more) yield `,${jsonOf(batch)}`;
  yield "]";
}

function jsonOf(batch: readonly LineReport[]): string {
  return batch.map((report) => JSON.stringify(report)).join(",");
}
