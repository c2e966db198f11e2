import { cartDeadLetterV1 } from "./cart.dead-letter.v1.ts";
import { catalogStockDeadLetterV1 } from "./catalog-stock.dead-letter.v1.ts";
import { catalogInventoryV1 } from "./catalog.inventory.v1.ts";
import { catalogSkuV1 } from "./catalog.sku.v1.ts";
import { catalogStockV1 } from "./catalog.stock.v1.ts";
import { ordersDeadLetterV1 } from "./orders.dead-letter.v1.ts";
import { ordersOrderV1 } from "./orders.order.v1.ts";
import { paymentDeadLetterV1 } from "./payment.dead-letter.v1.ts";
import { paymentPaymentV1 } from "./payment.payment.v1.ts";
import { sweeperDeadLetterV1 } from "./sweeper.dead-letter.v1.ts";
import { sweeperTimeoutV1 } from "./sweeper.timeout.v1.ts";
import { usersAddressV1 } from "./users.address.v1.ts";
import { usersUserV1 } from "./users.user.v1.ts";

/** Every topic of the mall, in the order of their aggregate types. */
export const allTopics = [
  ordersOrderV1,
  catalogStockV1,
  catalogInventoryV1,
  catalogSkuV1,
  paymentPaymentV1,
  usersAddressV1,
  usersUserV1,
  sweeperTimeoutV1,
  catalogStockDeadLetterV1,
  ordersDeadLetterV1,
  paymentDeadLetterV1,
  cartDeadLetterV1,
  sweeperDeadLetterV1,
] as const;
