/**
 * The address a request comes from: that of the connection, unless a proxy that is trusted holds it; then the nearest
 * one in X-Forwarded-For that is not such a proxy. What anybody else writes there is not looked at.
 */
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { type AddressSet, plainAddress } from "#platform/security/address-set.ts";

export type ClientAddress = (request: IncomingMessage) => string;

export function createClientAddress(trustedProxies: AddressSet): ClientAddress {
  return (request) => {
    const peer = plainAddress(request.socket.remoteAddress ?? "");
    const forwarded = request.headers["x-forwarded-for"];
    if (forwarded === undefined || !trustedProxies.has(peer)) return peer;
    let nearest = peer;
    for (const hop of String(forwarded).split(",").reverse()) {
      const address = plainAddress(hop.trim());
      // Whoever wrote this was not one of ours, so what stands before it is worth nothing either.
      if (isIP(address) === 0) return nearest;
      nearest = address;
      if (!trustedProxies.has(address)) return nearest;
    }
    return nearest;
  };
}

/** What is counted as one client: an IPv4 address, or the /64 that a holder of IPv6 addresses is given whole. */
export function limitedAddress(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail = ""] = address.split("%", 1)[0]!.split("::");
  const [left, right] = [head, tail].map((half) => half.split(":").filter((group) => group !== ""));
  const zeros = address.includes("::") ? 8 - left!.length - right!.length : 0;
  const groups = [...left!, ...Array.from({ length: Math.max(0, zeros) }, () => "0"), ...right!];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}
