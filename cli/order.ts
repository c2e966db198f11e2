import { parseArgs } from "node:util";
import type { Command } from "./command.ts";
import { readConfig } from "./config.ts";
import { orderTimeline } from "./order-timeline.ts";
import { placeDemoOrder } from "./place-demo-order.ts";
import { startProgress } from "./progress.ts";
import { runningStack } from "./running-stack.ts";
import { demoAccount, loadSecrets } from "./secrets.ts";
import { serviceNames } from "./service-manifest.ts";
import { shopClient } from "./shop-client.ts";

export const order: Command = async (args) => {
  const { values } = parseArgs({ args, options: { json: { type: "boolean", default: false } } });
  const { home } = readConfig();
  const { edge } = runningStack(home);
  const shopper = demoAccount(loadSecrets(home, serviceNames), "shopper");
  // Standard output carries the order alone.
  const progress = startProgress((line) => console.error(line));
  const placed = await progress.step("one order", () => placeDemoOrder(shopClient(edge), shopper));
  console.log(values.json ? JSON.stringify(placed, null, 2) : orderTimeline(placed).join("\n"));
  return 0;
};
