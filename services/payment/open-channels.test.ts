import { describe, expect, it } from "vitest";
import { openChannels } from "./open-channels.ts";

describe("the channels of a process", () => {
  const nonces = { prepare: async () => {}, remember: async () => true };
  it.each([
    [{ production: false, isFakeAllowed: false }, ["FAKE"]],
    [{ production: true, isFakeAllowed: false }, []],
    [{ production: true, isFakeAllowed: true }, ["FAKE"]],
  ])("with %o are %j: money that nobody took pays nothing in production", (options, open) => {
    expect([...openChannels({ ...options, callbackKeys: {}, nonces }).keys()]).toEqual(open);
  });
});
