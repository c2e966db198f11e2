import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { findListener, isPortFree } from "./ports.ts";

describe("ports", () => {
  test("in use are found together with who uses them", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    expect(await isPortFree(port)).toBe(false);
    expect(findListener(port)?.pid).toBe(process.pid);
    await new Promise((resolve) => server.close(resolve));
    expect(await isPortFree(port)).toBe(true);
    expect(findListener(port)).toBeUndefined();
  });
});
