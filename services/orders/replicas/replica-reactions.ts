import { reactions } from "#platform/consumer/reaction.ts";
import { catalogSkuV1 } from "#topics/catalog.sku.v1.ts";
import { ordersDeadLetterV1 } from "#topics/orders.dead-letter.v1.ts";
import { usersAddressV1 } from "#topics/users.address.v1.ts";
import { usersUserV1 } from "#topics/users.user.v1.ts";
import { isId } from "#platform/consumer/event-checks.ts";
import { keepAddressOnAddressChanged } from "./reactions/keep-address-on-address-changed.ts";
import { keepSkuOnSkuChanged } from "./reactions/keep-sku-on-sku-changed.ts";
import { keepUserOnUserChanged } from "./reactions/keep-user-on-user-changed.ts";
import { addressTable, lockReplica, saveReplica, skuTable, userTable } from "./replica-store.ts";
import { createReplica, createReplicas, type Replicas } from "./replicas.ts";

const nameOf = new Map<string, "skus" | "addresses" | "users">([
  [catalogSkuV1.name, "skus"],
  [usersAddressV1.name, "addresses"],
  [usersUserV1.name, "users"],
]);

/** Copies of what catalog and users own, so that an order can be placed while both are away. */
export const replicaReactions = reactions<Replicas>({
  group: "orders",
  name: "orders replicas",
  from: [catalogSkuV1, usersAddressV1, usersUserV1],
  deadLetters: ordersDeadLetterV1,
  async load(trx, events) {
    const idsOf = (topic: { name: string }): string[] => [
      ...new Set(events.filter((event) => event.topic === topic.name && isId(event.key)).map(({ key }) => key)),
    ];
    const skus = await lockReplica(trx, skuTable, idsOf(catalogSkuV1));
    const addresses = await lockReplica(trx, addressTable, idsOf(usersAddressV1));
    const users = await lockReplica(trx, userTable, idsOf(usersUserV1));
    return createReplicas(
      {
        skus: createReplica(skus, ({ skuId }) => skuId),
        addresses: createReplica(addresses, ({ addressId }) => addressId),
        users: createReplica(users, ({ userId }) => userId),
      },
      nameOf,
    );
  },
  async save(trx, { skus, addresses, users }) {
    await saveReplica(trx, skuTable, skus);
    await saveReplica(trx, addressTable, addresses);
    await saveReplica(trx, userTable, users);
  },
  on: [keepSkuOnSkuChanged, keepAddressOnAddressChanged, keepUserOnUserChanged],
});
