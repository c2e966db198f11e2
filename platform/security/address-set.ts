/** A set of network addresses, each written as an address or as a block (`10.0.0.0/8`), of either IP version. */
import { BlockList, isIP, isIPv6 } from "node:net";

export interface AddressSet {
  has(address: string): boolean;
}

const MAX_BITS = { 4: 32, 6: 128 } as const;

/** The set, and those of the texts that are neither an address nor a block. */
export function createAddressSet(texts: Iterable<string>): { set: AddressSet; invalid: readonly string[] } {
  const list = new BlockList();
  const invalid = [...texts].filter((text) => !add(list, text));
  const isEmpty = list.rules.length === 0;
  return { set: { has: (address) => !isEmpty && list.check(address, familyOf(address)) }, invalid };
}

/** An IPv4 address that came over an IPv6 socket, as IPv4; any other as it is. */
export function plainAddress(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}

function add(list: BlockList, text: string): boolean {
  const [given = "", bits, ...rest] = text.split("/");
  const address = plainAddress(given);
  const version = isIP(address);
  if ((version !== 4 && version !== 6) || rest.length > 0) return false;
  if (bits === undefined) {
    list.addAddress(address, familyOf(address));
    return true;
  }
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > MAX_BITS[version]) return false;
  list.addSubnet(address, Number(bits), familyOf(address));
  return true;
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv6(address) ? "ipv6" : "ipv4";
}
