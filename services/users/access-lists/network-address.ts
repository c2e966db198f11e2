/** Addresses and networks in one spelling each, so that what is the same is found under the same name. */
import { isIP } from "node:net";

interface Network {
  readonly value: bigint;
  readonly width: 32 | 128;
  readonly bits: number;
}

// A whole address space in a list is a slip of the hand, and would shut out whoever could take it back.
const LEAST_BITS = { 32: 8, 128: 16 } as const;
const MAPPED_PREFIX = 0xffffn;

/** `10.1.2.3/8` → `10.0.0.0/8`, `::FFFF:1.2.3.4` → `1.2.3.4`; undefined for what is no address or too wide a network. */
export function canonicalNetwork(text: string): string | undefined {
  const network = parse(text);
  return network === undefined || network.bits < LEAST_BITS[network.width] ? undefined : format(network);
}

/**
 * What one client can call its own: an IPv4 address, or the 64 bits that an IPv6 client is given to number as it likes.
 * A text that is no address stands for itself.
 */
export function clientNetwork(address: string): string {
  const network = parse(address);
  if (network === undefined) return address;
  return format(network.width === 32 ? network : { ...network, bits: Math.min(network.bits, 64) });
}

function parse(text: string): Network | undefined {
  const [address = "", suffix, ...rest] = text.split("/");
  const parsed = parseAddress(address);
  if (parsed === undefined || rest.length > 0) return undefined;
  if (suffix === undefined) return { ...parsed, bits: parsed.width };
  const bits = /^(?:0|[1-9][0-9]{0,2})$/.test(suffix) ? Number(suffix) : Number.NaN;
  return bits <= parsed.width ? { ...parsed, bits } : undefined;
}

function parseAddress(text: string): { value: bigint; width: 32 | 128 } | undefined {
  switch (isIP(text)) {
    case 4:
      return { value: joined(text.split(".").map(BigInt), 8n), width: 32 };
    case 6: {
      // A zone says something to one machine only.
      if (text.includes("%")) return undefined;
      const value = joined(groupsOf(text), 16n);
      if (value >> 32n === MAPPED_PREFIX) return { value: value & 0xffff_ffffn, width: 32 };
      return { value, width: 128 };
    }
    default:
      return undefined;
  }
}

/** The eight groups; the URL parser knows every spelling of an IPv6 address. */
function groupsOf(text: string): bigint[] {
  const [head = "", tail] = new URL(`http://[${text}]`).hostname.slice(1, -1).split("::");
  const groups = (part: string): bigint[] => (part === "" ? [] : part.split(":").map((group) => BigInt(`0x${group}`)));
  if (tail === undefined) return groups(head);
  const [left, right] = [groups(head), groups(tail)];
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0n), ...right];
}

function joined(parts: readonly bigint[], size: bigint): bigint {
  return parts.reduce((sum, part) => (sum << size) | part, 0n);
}

function format({ value, width, bits }: Network): string {
  const open = BigInt(width - bits);
  const base = (value >> open) << open;
  const size = width === 32 ? 8n : 16n;
  const parts = Array.from({ length: width / Number(size) }, (_, index) => {
    const shift = BigInt(width) - size * BigInt(index + 1);
    return (base >> shift) & ((1n << size) - 1n);
  });
  const address =
    width === 32
      ? parts.join(".")
      : new URL(`http://[${parts.map((part) => part.toString(16)).join(":")}]`).hostname.slice(1, -1);
  return bits === width ? address : `${address}/${bits}`;
}
