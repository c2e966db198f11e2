import { describe, expect, it } from "vitest";
import { createAddressSet, plainAddress } from "./address-set.ts";

describe("a set of addresses", () => {
  it("has addresses and blocks of both versions", () => {
    const { set, invalid } = createAddressSet(["192.0.2.7", "10.0.0.0/8", "2001:db8::/32", "::1"]);
    expect(invalid).toEqual([]);
    for (const address of ["192.0.2.7", "10.200.3.4", "2001:db8:1::5", "::1", "0:0:0:0:0:0:0:1"]) {
      expect(set.has(address)).toBe(true);
    }
    for (const address of ["192.0.2.8", "11.0.0.1", "2001:db9::1", "not an address", ""]) {
      expect(set.has(address)).toBe(false);
    }
  });

  it("names what is no address", () => {
    const { invalid } = createAddressSet(["10.0.0.0/33", "10.0.0.0/8/8", "x", "10.0.0.0/-1", "::/129", "10.0.0.1"]);
    expect(invalid).toEqual(["10.0.0.0/33", "10.0.0.0/8/8", "x", "10.0.0.0/-1", "::/129"]);
  });

  it("takes an IPv4 address for one, however it came", () => {
    expect(plainAddress("::ffff:192.0.2.7")).toBe("192.0.2.7");
    expect(plainAddress("::1")).toBe("::1");
  });
});
