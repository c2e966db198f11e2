/**
 * A closed loop of shoppers against a running shop: place, wait until payable, pay, wait until deducted, again. Prints
 * throughput, latency and the CPU that one order cost over all processes of the stack, infrastructure included.
 *
 * `node bench/closed-loop-checkout.ts [--shoppers 16] [--seconds 30] [--warm-up 10]`
 *
 * A closed loop waits for answers, so its latencies flatter a shop that stalls; it says what an order costs and how many
 * fit. Run `./mall up -d` first. CPU is user + system time from /proc, without this process.
 */
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Pool } from "undici";

interface Status {
  readonly edge: string;
  readonly processes: readonly { name: string; pid: number; rssBytes: number }[];
}

interface Reply {
  readonly status: number;
  readonly body: Record<string, never>;
}

interface Sending {
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

const TICKS_PER_SECOND = 100;

class Client {
  readonly #pool: Pool;
  #token = "";

  constructor(edge: string) {
    this.#pool = new Pool(edge, { connections: 2, pipelining: 1 });
  }

  async call(method: "GET" | "POST", path: string, send: Sending = {}): Promise<Reply> {
    const { statusCode, body: answer } = await this.#pool.request({
      method,
      path: `/api${path}`,
      headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json", ...send.headers },
      body: send.body === undefined ? null : JSON.stringify(send.body),
    });
    const text = await answer.text();
    return { status: statusCode, body: text === "" ? {} : JSON.parse(text) };
  }

  async signUp(): Promise<string> {
    const account = { username: `bench-${randomUUID().slice(0, 18)}`, password: randomUUID() };
    await this.call("POST", "/auth/register", { body: account });
    const login = await this.call("POST", "/auth/login", { body: account });
    this.#token = login.body["accessToken"] ?? "";
    const address = {
      receiver: "Bench",
      phone: "13800138000",
      region: "Shanghai",
      city: "Shanghai",
      district: "Pudong",
      street: "1 Road",
      isDefault: true,
    };
    return (await this.call("POST", "/users/me/addresses", { body: address })).body["addressId"] ?? "";
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

/** One purchase; resolves with its durations in milliseconds, or throws with what was answered. */
async function buy(client: Client, skuId: string, addressId: string): Promise<{ placeMs: number; totalMs: number }> {
  const started = performance.now();
  const order = { items: [{ skuId, quantity: 1 }], addressId };
  const placed = await client.call("POST", "/orders", {
    body: order,
    headers: { "Idempotency-Key": randomUUID(), Prefer: "wait=5" },
  });
  if (placed.status !== 201) throw new Error(`place: ${placed.status} ${JSON.stringify(placed.body)}`);
  const placeMs = performance.now() - started;
  const orderId = placed.body["orderId"] as unknown as string;
  for (;;) {
    const paid = await client.call("POST", "/payments", {
      body: { orderId, channel: "FAKE" },
      headers: { "Idempotency-Key": randomUUID() },
    });
    if (paid.status === 201) break;
    if (paid.status !== 409) throw new Error(`pay: ${paid.status} ${JSON.stringify(paid.body)}`);
  }
  for (;;) {
    const { body } = await client.call("GET", `/orders/${orderId}`);
    if ((body["stock"] as unknown as string) === "DEDUCTED") return { placeMs, totalMs: performance.now() - started };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND;
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

async function skusOnSale(client: Client, count: number): Promise<string[]> {
  const { body } = await client.call("GET", `/products?limit=${count}`);
  const products = body["items"] as unknown as { productId: string }[];
  const details = await Promise.all(products.map(({ productId }) => client.call("GET", `/products/${productId}`)));
  return details.map(({ body: detail }) => (detail["skus"] as unknown as { skuId: string }[])[0]?.skuId ?? "");
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { shoppers: { type: "string" }, seconds: { type: "string" }, "warm-up": { type: "string" } },
  });
  const shoppers = Number(values.shoppers ?? 16);
  const seconds = Number(values.seconds ?? 30);
  const warmUp = Number(values["warm-up"] ?? 10);
  const { edge, processes } = JSON.parse(execFileSync("./mall", ["status", "--json"], { encoding: "utf8" })) as Status;
  const clients = Array.from({ length: shoppers }, () => new Client(edge));
  const addresses: string[] = [];
  // One after the other: hashing passwords is what a log-in costs, and the shop refuses a crowd of them.
  for (const client of clients) addresses.push(await client.signUp());
  const skus = await skusOnSale(clients[0] as Client, 100);
  let measuring = false;
  let stopping = false;
  const done: { placeMs: number; totalMs: number }[] = [];

  const loops = clients.map(async (client, index) => {
    for (let round = 0; !stopping; round += 1) {
      const skuId = skus[(index * 7 + round * 13) % skus.length] ?? "";
      const durations = await buy(client, skuId, addresses[index] ?? "");
      if (measuring) done.push(durations);
    }
  });
  await new Promise((resolve) => setTimeout(resolve, warmUp * 1_000));
  const before = new Map(processes.map(({ name, pid }) => [name, cpuMs(pid)]));
  measuring = true;
  const started = performance.now();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  measuring = false;
  const elapsed = (performance.now() - started) / 1_000;
  const cpu = processes.map(({ name, pid }) => ({ name, ms: cpuMs(pid) - (before.get(name) ?? 0) }));
  stopping = true;
  await Promise.all(loops);
  await Promise.all(clients.map((client) => client.close()));

  const totals = done.map(({ totalMs }) => totalMs).toSorted((a, b) => a - b);
  const places = done.map(({ placeMs }) => placeMs).toSorted((a, b) => a - b);
  const count = done.length;
  console.log(
    `${shoppers} shoppers, ${elapsed.toFixed(1)} s: ${count} orders deducted, ${(count / elapsed).toFixed(1)} orders/s`,
  );
  console.log(`CPU per order, all processes: ${(cpu.reduce((sum, { ms }) => sum + ms, 0) / count).toFixed(2)} ms`);
  console.log(cpu.map(({ name, ms }) => `  ${name} ${(ms / count).toFixed(2)}`).join("\n"));
  console.log(
    `place until payable: p50 ${percentile(places, 0.5).toFixed(0)} ms, p99 ${percentile(places, 0.99).toFixed(0)} ms`,
  );
  console.log(
    `place until deducted: p50 ${percentile(totals, 0.5).toFixed(0)} ms, p99 ${percentile(totals, 0.99).toFixed(0)} ms`,
  );
}

await main();
