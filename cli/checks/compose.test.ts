import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkCompose } from "./compose.ts";

const repositoryFile = readFileSync(join(import.meta.dirname, "../../docker-compose.yml"), "utf8");

const compose = (service: string) => `services:\n  cart:\n    image: mall:1\n${service}`;

const planted = [
  ["a key that the specification does not know", "    comand: [node]\n", "/services/cart: must NOT have additional"],
  ["a value of the wrong type", "    restart: [always]\n", "/services/cart/restart: must be string"],
  ["a port on every interface", '    ports: ["30001:30001"]\n', "publish 30001:30001 on 127.0.0.1 only"],
  ["a secret in the file", "    environment:\n      REDIS_PASSWORD: shopkeeper\n", "take REDIS_PASSWORD from the env"],
  ["a default for a secret", "    environment:\n      OPS_KEY: ${OPS_KEY:-abc}\n", "take OPS_KEY from the environment"],
  ["an undeclared volume", "    volumes: [carts:/data]\n", "volume carts is not declared"],
  ["a dependency that is not there", "    depends_on: { kafka: { condition: service_healthy } }\n", "depends on kafka"],
] as const;

describe("compose", () => {
  it("accepts the file of this repository", () => {
    expect(checkCompose(repositoryFile, ["edge", "users", "catalog", "cart", "orders", "payment", "sweeper"])).toEqual(
      [],
    );
  });

  it.each(planted)("finds %s", (_, service, finding) => {
    expect(checkCompose(compose(service), [])).toEqual([expect.stringContaining(finding)]);
  });

  it("finds an image that floats", () => {
    expect(checkCompose("services: { cart: { image: 'mall:latest' } }", [])).toEqual([
      "cart: give its image a version.",
    ]);
  });

  it("finds a service that nobody starts", () => {
    expect(checkCompose(compose(""), ["cart", "orders"])).toEqual(["orders: no such service."]);
  });
});
