import { randomBytes, randomInt } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { findingsAtRest } from "./testing/at-rest.ts";
import { Books } from "./testing/conservation.ts";
import { flowStack } from "./testing/flow-stack.ts";
import { leaksOf } from "./testing/leaks.ts";
import { merchant, ownSkus, Shopper, signIn, type SkuView, Visitor } from "./testing/shop.ts";

const run = randomBytes(5).toString("hex");
const aPhone = (): string => `13${randomInt(10 ** 8, 10 ** 9)}`;

/** Everything personal that this run says anywhere. */
const canary = {
  phone: aPhone(),
  receiverPhone: aPhone(),
  newPhone: aPhone(),
  unknownPhone: aPhone(),
  email: `canary.${run}@mail.example`,
  newEmail: `canary.new.${run}@mail.example`,
  street: `${run} Canary Street, 4th floor`,
  newStreet: `${run} Second Canary Street`,
  receiver: `Canary ${run} Person`,
  password: `canary-password-${run}`,
};
const trackingNumber = `TRACK-${run}`;
const address = {
  receiver: canary.receiver,
  phone: canary.receiverPhone,
  region: "Shanghai",
  city: "Shanghai",
  district: "Pudong",
  street: canary.street,
  isDefault: true,
};

describe("personal data", () => {
  let shopper: Shopper;
  let sku: SkuView;
  let orderId: string;

  beforeAll(async () => {
    [sku] = (await ownSkus(75, 1)) as [SkuView];
    shopper = await aTalkativeShopper();
    orderId = await orderThatIsReceived(shopper, sku);
    await nonsenseWithPersonalData(shopper, sku);
  });

  it("has gone every way it can go", async () => {
    expect(await findingsAtRest()).toEqual([]);
  });

  it("is in no log, no record of any topic, and in no table in clear", async () => {
    expect(await leaksOf(Object.values(canary))).toEqual([]);
  });

  it("would be found: what may be seen is, and so is what is planted", async () => {
    expect(await leaksOf([trackingNumber])).toEqual([
      "topic orders.order.v1",
      "table mall_orders.oms_order.tracking_number",
      "table mall_orders.oms_shipment.tracking_number",
    ]);
    const planted = join(flowStack().home, "logs", "planted.log");
    const books = new Books();
    const remark = "UPDATE mall_orders.oms_order SET merchant_remark = ? WHERE order_id = ?";
    try {
      writeFileSync(planted, `{"msg":"call ${canary.phone}"}\n`);
      await books.run(remark, [`at ${canary.street}`, orderId]);
      expect(await leaksOf(Object.values(canary))).toEqual([
        "log planted.log",
        "table mall_orders.oms_order.merchant_remark",
      ]);
    } finally {
      rmSync(planted, { force: true });
      await books.run(remark, [null, orderId]);
      await books.close();
    }
  });
});

/** Registers, signs in by everything there is to sign in by, changes and mistypes things. */
async function aTalkativeShopper(): Promise<Shopper> {
  const { phone, email, password, newPhone, newEmail } = canary;
  const account = { username: `talkative-${run}`, password };
  const visitor = new Visitor();
  await visitor.must("POST", "/auth/register", { body: { ...account, phone, email } });
  await visitor.call("POST", "/auth/register", { body: { ...account, username: `again-${run}`, phone } });
  for (const username of [phone, email]) await signIn({ username, password });
  await visitor.call("POST", "/auth/login", { body: { username: phone, password: `${password}x` } });
  await visitor.call("POST", "/auth/login", { body: { username: canary.unknownPhone, password } });
  const { token } = await signIn(account);
  const signedIn = new Visitor(token);
  await signedIn.call("PATCH", "/users/me", { body: { phone: newPhone, email: newEmail } });
  await signedIn.call("PATCH", "/users/me", { body: { email: `${newEmail} ` + "x".repeat(300) } });
  const { addressId } = await signedIn.must<{ addressId: string }>("POST", "/users/me/addresses", { body: address });
  const moved = { ...address, street: canary.newStreet };
  await signedIn.must("PUT", `/users/me/addresses/${addressId}`, { body: moved });
  await signedIn.must("PUT", `/users/me/addresses/${addressId}`, { body: address });
  return new Shopper(token ?? "", addressId);
}

async function orderThatIsReceived(shopper: Shopper, { skuId }: SkuView): Promise<string> {
  const orderId = await shopper.placePayable(skuId);
  await shopper.pay(orderId);
  await shopper.until(orderId, { status: 1, stock: "DEDUCTED" });
  const keeper = await merchant();
  const shown = await keeper.must<{ address: { phone: string } }>("GET", `/admin/orders/${orderId}`);
  expect(shown.address.phone).toBe(canary.receiverPhone);
  const listed = await keeper.must<object>("GET", `/admin/orders?q=${orderId}`);
  expect(JSON.stringify(listed)).not.toContain(canary.receiverPhone);
  const shipment = { carrier: "SF", trackingNumber };
  const shipped = await keeper.must<object>("POST", `/admin/orders/${orderId}/shipment`, { body: shipment });
  expect(JSON.stringify(shipped)).not.toContain(canary.receiverPhone);
  await shopper.must("POST", `/orders/${orderId}/receipt`);
  return orderId;
}

/** Requests that are refused, with personal data where it does not belong. */
async function nonsenseWithPersonalData(shopper: Shopper, { skuId }: SkuView): Promise<void> {
  const { phone, email, street } = canary;
  const items = [{ skuId, quantity: 1 }];
  const headers = { "Idempotency-Key": `nonsense-${run}`, "X-Phone": phone };
  const body = { items, addressId: shopper.addressId, phone, street };
  await shopper.call("POST", "/orders", { headers, body });
  await shopper.call("POST", "/orders", { headers, body: { items, addressId: phone } });
  await shopper.call("POST", "/users/me/addresses", { body: { ...address, city: "" } });
  await shopper.call("POST", "/users/me/addresses", { body: { ...address, [email]: street } });
  await shopper.call("POST", "/payments", { headers, body: { orderId: phone, channel: email } });
  await shopper.call("GET", `/orders?phone=${phone}`);
  await shopper.call("GET", `/products?q=${encodeURIComponent(street)}`);
  await fetch(`${flowStack().edge}/api/users/me`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${shopper.token}`, "content-type": "application/json" },
    body: `{"phone": "${phone}", "email": ${email}`,
  });
}
