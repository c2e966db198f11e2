/** An order as the merchant sees it. */
import { z } from "zod";
import { idText } from "#platform/http/fields.ts";
import { orderSchema } from "../order-json.ts";

export const keptOrderSchema = z.strictObject({
  ...orderSchema.shape,
  userId: idText,
  /** The merchant's own; no shopper sees it. */
  remark: z.string().nullable(),
  shopperRemark: z.string().nullable(),
});

export type KeptOrderJson = z.output<typeof keptOrderSchema>;
