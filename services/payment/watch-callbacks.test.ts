import { describe, expect, it } from "vitest";
import { createLogger } from "#platform/logging/logger.ts";
import { signRequest } from "#platform/security/request-signing.ts";
import { createFakeChannel } from "./fake-channel.ts";
import { watchCallbacks } from "./watch-callbacks.ts";

const secret = Buffer.alloc(32, 5);
const parts = { method: "POST", query: "", body: Buffer.from("{}") };
const path = "/payments/callbacks/FAKE";

function watched() {
  const lines: string[] = [];
  const stream = { write: (line: string) => void lines.push(line) };
  const log = createLogger({ service: "payment", instance: "test", level: "info", stream });
  const seen = new Set<string>();
  const remember = async (_keyId: string, nonce: string): Promise<boolean> => seen.size < seen.add(nonce).size;
  const nonces = { prepare: async () => {}, remember };
  const verify = watchCallbacks(new Map([["FAKE", createFakeChannel({ secrets: { k1: secret }, nonces })]]), log);
  const send = (over: { keyId?: string; createdSeconds?: number } = {}) => {
    const signing = {
      ...parts,
      path: `/api${path}`,
      keyId: "k1",
      createdSeconds: Math.floor(Date.now() / 1000),
      ...over,
    };
    const headers = new Map<string, string>();
    const signature = signRequest({ ...signing, nonce: "nonce-nonce-nonce-1" }, secret);
    for (const [name, value] of Object.entries(signature)) headers.set(name.toLowerCase(), value);
    return verify({ ...parts, path, header: (name) => headers.get(name) });
  };
  return { lines, send };
}

describe("a notification that is not believed", () => {
  it.each([
    [{ keyId: "k9" }, { security: "signature-refused", reason: "unknown-key", keyId: "k9" }],
    [{ createdSeconds: 1 }, { security: "signature-refused", reason: "out-of-window", keyId: "k1" }],
    [{ keyId: 'k9\r\n{"level":"info"}' }, { reason: "unknown-key", keyId: 'k9\r\n{"level":"info"}' }],
  ])("leaves one line that says why, whatever it sends: %j", async (over, line) => {
    const { lines, send } = watched();
    await expect(send(over)).rejects.toMatchObject({ code: "SIGNATURE_INVALID" });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: "warn", path, ...line });
    expect(lines[0]!.indexOf("\n")).toBe(lines[0]!.length - 1);
  });

  it("is told apart when it is a repeat; one that is believed leaves none", async () => {
    const { lines, send } = watched();
    await send();
    expect(lines).toEqual([]);
    await expect(send()).rejects.toMatchObject({ code: "SIGNATURE_INVALID" });
    expect(JSON.parse(lines[0]!)).toMatchObject({ security: "replay-refused", reason: "replayed" });
  });
});
