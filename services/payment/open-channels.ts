/** Which channels this process offers. A channel that is not open is answered 501 CHANNEL_NOT_OPEN. */
import type { NonceStore } from "#platform/security/nonce-store.ts";
import { createFakeChannel } from "./fake-channel.ts";
import type { Channels, PaymentChannel } from "./payment-channel.ts";

export interface ChannelOptions {
  readonly production: boolean;
  /** Opens FAKE in production too, for a shop that is only being tried. */
  readonly isFakeAllowed: boolean;
  /** Secrets that sign notifications, by channel and key id. */
  readonly callbackKeys: Readonly<Record<string, Readonly<Record<string, Buffer>>>>;
  readonly nonces: NonceStore;
}

/** In production without FAKE, which takes no money and says it did. */
export function openChannels({ production, isFakeAllowed, callbackKeys, nonces }: ChannelOptions): Channels {
  const channels = new Map<string, PaymentChannel>();
  if (production && !isFakeAllowed) return channels;
  return channels.set("FAKE", createFakeChannel({ secrets: callbackKeys["FAKE"] ?? {}, nonces }));
}
