import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { eventually } from "#platform/testing/eventually.ts";
import { findingsAtRest } from "./testing/at-rest.ts";
import { flowStack } from "./testing/flow-stack.ts";
import { type Shopper, type SkuView, aShopper, ownSkus } from "./testing/shop.ts";

const SHOPPERS = 8;
const ORDERS = 200;
const RECOVERY_MS = 15_000;

interface Running {
  readonly name: string;
  readonly kind: string;
  readonly pid: number;
}

/** Orders by the moment they were begun and the moment their goods left the stock. */
interface Done {
  readonly begunAt: number;
  readonly doneAt: number;
}

describe("killed while orders flow", () => {
  let shoppers: Shopper[];
  let skus: SkuView[];
  const done: Done[] = [];

  beforeAll(async () => {
    shoppers = await Promise.all(Array.from({ length: SHOPPERS }, aShopper));
    skus = await ownSkus(60, 10);
  });

  it(`kill -9 of each service once leaves none of ${ORDERS} orders behind, and orders flow again within 15 s`, async ({
    annotate,
  }) => {
    let begun = 0;
    const shopping = shoppers.map(async (shopper) => {
      while (begun < ORDERS) {
        begun += 1;
        done.push(await buyStubbornly(shopper, skus[begun % skus.length]?.skuId ?? ""));
      }
    });
    const slowest: Record<string, number> = {};
    const services = (await running()).filter(({ kind }) => kind === "service");
    expect(services.map(({ name }) => name)).toEqual(expect.arrayContaining(["edge", "orders", "catalog", "payment"]));
    for (const { name, pid } of services) {
      const killedAt = performance.now();
      process.kill(pid, "SIGKILL");
      // The first new effect: an order that was begun after the kill has gone all its way.
      const first = await eventually(() => done.find(({ begunAt }) => begunAt > killedAt), {
        withinMs: 2 * RECOVERY_MS,
        what: `an order begun after ${name} was killed`,
      });
      slowest[name] = Math.round(first.doneAt - killedAt);
      if (begun >= ORDERS) begun = ORDERS - SHOPPERS; // keep them flowing until the last one is killed
    }
    await Promise.all(shopping);
    expect(done.length).toBeGreaterThanOrEqual(ORDERS);
    expect(Object.entries(slowest).filter(([, ms]) => ms > RECOVERY_MS)).toEqual([]);
    await annotate(`first order through after kill -9, ms: ${JSON.stringify(slowest)}`);
  });

  it("leaves the books in order", async () => {
    expect(await findingsAtRest()).toEqual([]);
  });
});

async function running(): Promise<Running[]> {
  const env = { ...process.env, MALL_HOME: flowStack().home };
  const { stdout } = await promisify(execFile)("./mall", ["status", "--json"], { env });
  return (JSON.parse(stdout) as { processes: Running[] }).processes;
}

/** Buys one unit, repeating with the same keys whatever was not answered, as a careful client does. */
async function buyStubbornly(shopper: Shopper, skuId: string): Promise<Done> {
  const begunAt = performance.now();
  const [orderKey, paymentKey] = [randomUUID(), randomUUID()];
  const orderId = await eventually(async () => {
    const { status, body } = await shopper.place({ items: [{ skuId, quantity: 1 }], key: orderKey });
    return (status === 201 || status === 202) && body.orderId;
  }, PATIENT);
  await eventually(async () => {
    const { status, body } = await shopper.pay(orderId, { key: paymentKey });
    return status === 201 && body.status === "SUCCEEDED";
  }, PATIENT);
  await shopper.until(orderId, { status: 1, stock: "DEDUCTED" }, 60_000);
  return { begunAt, doneAt: performance.now() };
}

const PATIENT = { withinMs: 60_000, what: "an answer" };
