import { describe, expect, test } from "vitest";
import { serviceManifest } from "./service-manifest.ts";
import { mostReplicas, servicePort, stackPorts } from "./stack-ports.ts";

describe("ports", () => {
  test("shift together", () => {
    expect(stackPorts(-10_000)).toEqual({
      kafka: 20_092,
      kafkaController: 20_093,
      schemaRegistry: 20_081,
      mysql: 20_306,
      redis: 20_379,
    });
    expect(servicePort(30_006, 1, 5)).toBe(30_011);
  });

  test("leave room for each further replica, a hundred apart", () => {
    expect(servicePort(30_006, 3, 0)).toBe(30_206);
  });

  test("never meet, however many replicas run", () => {
    const services = serviceManifest.flatMap(({ port }) =>
      Array.from({ length: mostReplicas }, (_, index) => servicePort(port, index + 1, 0)),
    );
    const all = [...services, ...Object.values(stackPorts(0))];
    expect(new Set(all).size).toBe(all.length);
  });
});
