import { describe, expect, it, onTestFinished } from "vitest";
import { eventually } from "#platform/testing/eventually.ts";
import { demoAccount } from "./testing/flow-stack.ts";
import { aShopper, type Problem, signIn } from "./testing/shop.ts";

const LIST = "/admin/access-lists/black";

describe("a user on the black list", () => {
  it("is out at once, and in again once taken off it, while others notice nothing", async () => {
    const [shopper, other] = [await aShopper(), await aShopper()];
    const ops = await signIn(demoAccount("ops"));
    const { userId } = await shopper.must<{ userId: string }>("GET", "/users/me");
    onTestFinished(async () => void (await ops.call("DELETE", `${LIST}?userId=${userId}`)));
    const look = () => shopper.call<Problem>("GET", "/users/me");

    await ops.must("PUT", LIST, { body: { userId, reason: "fraud" } });
    await eventually(async () => (await look()).status === 403, { withinMs: 1_000, what: "the refusal" });
    expect((await look()).body.code).toBe("FORBIDDEN");
    expect((await other.call("GET", "/users/me")).status).toBe(200);
    const { items } = await ops.must<{ items: { userId: string | null }[] }>("GET", `${LIST}?limit=100`);
    expect(items.map((entry) => entry.userId)).toContain(userId);

    expect((await ops.call("DELETE", `${LIST}?userId=${userId}`)).status).toBe(204);
    await eventually(async () => (await look()).status === 200, { withinMs: 1_000, what: "the way back in" });
  });
});
