import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { createAddressSet } from "#platform/security/address-set.ts";
import { createClientAddress, limitedAddress } from "./client-address.ts";

function from(peer: string, forwarded?: string): IncomingMessage {
  const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
  return { socket: { remoteAddress: peer }, headers } as unknown as IncomingMessage;
}

const trusting = (...proxies: string[]) => createClientAddress(createAddressSet(proxies).set);

describe("the address of a client", () => {
  it("is that of the connection when no proxy is trusted, whatever the client writes", () => {
    expect(trusting()(from("127.0.0.1", "10.0.0.1"))).toBe("127.0.0.1");
    expect(trusting("10.0.0.0/8")(from("127.0.0.1", "10.0.0.1"))).toBe("127.0.0.1");
    expect(trusting()(from("::ffff:127.0.0.1"))).toBe("127.0.0.1");
  });

  it("is the nearest that a trusted proxy names and that is none itself", () => {
    const addressOf = trusting("10.0.0.0/8");
    expect(addressOf(from("10.0.0.1", "192.0.2.1"))).toBe("192.0.2.1");
    expect(addressOf(from("10.0.0.1", "1.1.1.1, 192.0.2.1, 10.9.9.9"))).toBe("192.0.2.1");
    expect(addressOf(from("10.0.0.1", "10.0.0.2"))).toBe("10.0.0.2");
    expect(addressOf(from("10.0.0.1"))).toBe("10.0.0.1");
  });

  it("does not go past what is no address", () => {
    expect(trusting("10.0.0.0/8")(from("10.0.0.1", "192.0.2.1, unknown, 10.0.0.2"))).toBe("10.0.0.2");
  });
});

describe("the client that is counted", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0DB8:1:2::9", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ])("of %s is %s", (address, counted) => {
    expect(limitedAddress(address)).toBe(counted);
  });
});
