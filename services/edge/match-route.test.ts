import { describe, expect, it } from "vitest";
import { createMatchRoute } from "./match-route.ts";
import { aRoute } from "./testing/a-route.ts";

const match = createMatchRoute([
  aRoute({ method: "GET", path: "/things" }),
  aRoute({ method: "GET", path: "/things/{id}" }),
  aRoute({ method: "PUT", path: "/things/{id}" }),
  aRoute({ method: "POST", path: "/things/import" }),
  aRoute({ method: "POST", path: "/things/{thingId}/publish" }),
]);
const methods = (path: string) => [...(match(path)?.keys() ?? [])];

describe("match a route", () => {
  it("takes fixed segments before parameters", () => {
    expect(methods("/things/7")).toEqual(["GET", "PUT"]);
    expect(methods("/things/import")).toEqual(["POST"]);
    expect(match("/things/7/publish")?.get("POST")?.path).toBe("/things/{thingId}/publish");
  });

  it.each([
    "/",
    "/thing",
    "/things/",
    "//things",
    "/things/7/",
    "/things/a.b",
    "/things/%37",
    "/things/7/8",
    "/THINGS",
  ])("knows nothing at %s", (path) => {
    expect(match(path)).toBeUndefined();
  });
});
