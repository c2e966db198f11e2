import { reactions } from "#platform/consumer/reaction.ts";
import { catalogSkuV1 } from "#topics/catalog.sku.v1.ts";
import { ordersDeadLetterV1 } from "#topics/orders.dead-letter.v1.ts";
import { usersAddressV1 } from "#topics/users.address.v1.ts";
import { usersUserV1 } from "#topics/users.user.v1.ts";
import { keepAddressOnAddressChanged } from "./reactions/keep-address-on-address-changed.ts";
import { keepSkuOnSkuChanged } from "./reactions/keep-sku-on-sku-changed.ts";
import { keepUserOnUserChanged } from "./reactions/keep-user-on-user-changed.ts";
import { lockAddresses, lockSkus, lockUsers, saveAddresses, saveSkus, saveUsers } from "./replica-store.ts";
import { createReplica, createReplicas, type Replicas } from "./replicas.ts";

const byTopic = new Map<string, "skus" | "addresses" | "users">([
  [catalogSkuV1.name, "skus"],
  [usersAddressV1.name, "addresses"],
  [usersUserV1.name, "users"],
]);
const ID = /^[1-9][0-9]{0,18}$/;

/** Copies of what catalog and users own, so that an order can be placed while both are away. */
export const replicaReactions = reactions<Replicas>({
  group: "orders",
  name: "orders replicas",
  from: [catalogSkuV1, usersAddressV1, usersUserV1],
  deadLetters: ordersDeadLetterV1,
  async load(trx, events) {
    const idsOf = (topic: { name: string }): string[] => [
      ...new Set(events.filter((event) => event.topic === topic.name && ID.test(event.key)).map(({ key }) => key)),
    ];
    const skus = createReplica(await lockSkus(trx, idsOf(catalogSkuV1)));
    const addresses = createReplica(await lockAddresses(trx, idsOf(usersAddressV1)));
    const users = createReplica(await lockUsers(trx, idsOf(usersUserV1)));
    return createReplicas({ skus, addresses, users }, byTopic);
  },
  async save(trx, { skus, addresses, users }) {
    await saveSkus(trx, skus.changed);
    await saveAddresses(trx, addresses.changed);
    await saveUsers(trx, users.changed);
  },
  on: [keepSkuOnSkuChanged, keepAddressOnAddressChanged, keepUserOnUserChanged],
});
