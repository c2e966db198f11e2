import { describe, expect, it } from "vitest";
import { canonicalNetwork, clientNetwork } from "./network-address.ts";

describe("an address or network", () => {
  it.each([
    ["203.0.113.7", "203.0.113.7"],
    ["203.0.113.7/32", "203.0.113.7"],
    ["10.1.2.3/8", "10.0.0.0/8"],
    ["203.0.113.255/25", "203.0.113.128/25"],
    ["::ffff:1.2.3.4", "1.2.3.4"],
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["2001:db8:1:2:3:4:5:6/64", "2001:db8:1:2::/64"],
    ["2001:db8::1/128", "2001:db8::1"],
    ["::1", "::1"],
  ])("%s has the one spelling %s", (text, canonical) => {
    expect(canonicalNetwork(text)).toBe(canonical);
    expect(canonicalNetwork(canonical)).toBe(canonical);
  });

  it.each(["", "localhost", "1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/8/8", "1.2.3.4/-1"])(
    "%s is none",
    (text) => expect(canonicalNetwork(text)).toBeUndefined(),
  );

  it.each(["::1/129", "fe80::1%eth0", "0.0.0.0/0", "10.0.0.0/7", "::/0", "2000::/3", "1.2.3.4/08"])(
    "%s is not taken",
    (text) => expect(canonicalNetwork(text)).toBeUndefined(),
  );
});

describe("a client", () => {
  it.each([
    ["203.0.113.7", "203.0.113.7"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"],
    ["unknown", "unknown"],
  ])("at %s is known as %s", (address, network) => {
    expect(clientNetwork(address)).toBe(network);
  });
});
