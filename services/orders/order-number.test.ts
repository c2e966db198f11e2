import { describe, expect, it } from "vitest";
import { createIds } from "#platform/ids/ids.ts";
import { orderSn } from "./order.ts";
import { idsOfNumber } from "./order-number.ts";

describe("the orders that a number may mean", () => {
  it.each(["2024-01-01T00:00:00.000Z", "2026-11-26T23:59:59.999Z", "2031-02-28T12:00:00.000Z", "2089-06-01T00:00:00Z"])(
    "contain the one that got it at %s, also when the clocks are minutes apart, and hardly any other",
    (time) => {
      for (const skewMs of [-300_000, 0, 300_000]) {
        const placedAt = new Date(time);
        const id = createIds(() => Math.max(placedAt.getTime() + skewMs, Date.UTC(2024, 0, 1)))();
        const ids = idsOfNumber(orderSn(id, placedAt));
        expect(ids).toContain(id);
        expect(ids.length).toBeLessThanOrEqual(2);
      }
    },
  );

  it("are the order of an id", () => {
    expect(idsOfNumber("7001")).toEqual(["7001"]);
  });

  it.each(["", "0", "-1", "SF1234567890", "9223372036854775808", "99999999999999999999", "１２３"])(
    "are none for %j",
    (text) => {
      expect(idsOfNumber(text)).toEqual([]);
    },
  );

  it("are none of this world for a day that is none", () => {
    expect(idsOfNumber("99999999000000000000001").every((id) => /^[1-9]\d{0,18}$/.test(id))).toBe(true);
  });
});
