import { expect, test } from "vitest";
import { createMetrics } from "./metrics.ts";

test("metrics are written with the service's name, and the same name is the same metric", async () => {
  const metrics = createMetrics("x");
  metrics.counter("things_total", "Things", ["kind"]).inc({ kind: "a" });
  metrics.counter("things_total", "Things", ["kind"]).inc({ kind: "a" }, 2);
  metrics.gauge("depth", "Depth").set(4);
  metrics.histogram("took_seconds", "Time", { buckets: [1] }).observe(0.5);
  const text = await metrics.text();
  expect(text).toMatch(/things_total\{kind="a",service="x"\} 3|things_total\{service="x",kind="a"\} 3/);
  expect(text).toContain('depth{service="x"} 4');
  expect(text).toMatch(/took_seconds_bucket\{.*le="1".*\} 1/);
  expect(text).toContain("process_cpu_seconds_total");
});

test("two registries do not know each other", async () => {
  createMetrics("x").counter("mine_total", "Mine").inc();
  expect(await createMetrics("y").text()).not.toContain("mine_total");
});
