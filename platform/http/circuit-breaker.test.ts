import { afterEach, describe, expect, it } from "vitest";
import { eventually } from "../testing/eventually.ts";
import { type Breaker, ClientLeft, createCircuitBreaker } from "./circuit-breaker.ts";

let lives = false;
let changes: boolean[] = [];
let breaker: Breaker;

function aBreaker(): Breaker {
  lives = false;
  changes = [];
  breaker = createCircuitBreaker({
    name: "test",
    probe: async () => {
      if (!lives) throw new Error("still away");
    },
    onChange: (isOpen) => changes.push(isOpen),
  });
  return breaker;
}
afterEach(() => breaker.close());

/** Until the breaker has heard of it, too. */
async function fail(error = new Error("away")): Promise<void> {
  await breaker.run(() => Promise.reject(error)).catch(() => undefined);
  await new Promise((resolve) => setImmediate(resolve));
}
const failThrice = () => Promise.all([1, 2, 3].map(() => fail()));

describe("a circuit breaker", () => {
  it("opens after three failures and then refuses without trying", async () => {
    aBreaker();
    await Promise.all([1, 2].map(() => fail()));
    expect(breaker.isOpen).toBe(false);
    await fail();
    expect(breaker.isOpen).toBe(true);
    let tried = 0;
    const attempt = async () => void (tried += 1);
    await expect(breaker.run(attempt)).rejects.toMatchObject({ code: "EOPENBREAKER" });
    expect(tried).toBe(0);
  });

  it("does not count those who left, nor failures among twice as many successes", async () => {
    aBreaker();
    await Promise.all(Array.from({ length: 10 }).map(() => fail(new ClientLeft("left"))));
    expect(breaker.isOpen).toBe(false);
    await Promise.all(Array.from({ length: 10 }).map(() => breaker.run(async () => undefined)));
    await failThrice();
    expect(breaker.isOpen).toBe(false);
  });

  it("opens for those who failed, however many left meanwhile", async () => {
    aBreaker();
    await Promise.all(Array.from({ length: 10 }).map(() => fail(new ClientLeft("left"))));
    await failThrice();
    expect(breaker.isOpen).toBe(true);
  });

  it("tells what is running to give up", async () => {
    aBreaker();
    const waiting = new Promise<void>((_resolve, reject) => breaker.onOpen(() => reject(new Error("given up"))));
    const running = breaker.run(() => waiting);
    await failThrice();
    await expect(running).rejects.toThrow("given up");
  });

  it("closes once the probe succeeds, and not before", async () => {
    aBreaker();
    await failThrice();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(breaker.isOpen).toBe(true);
    lives = true;
    await eventually(() => !breaker.isOpen);
    expect(changes).toEqual([true, false]);
    await expect(breaker.run(async () => undefined)).resolves.toBeUndefined();
  });
});
