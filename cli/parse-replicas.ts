import { serviceNames } from "./service-manifest.ts";
import { mostReplicas } from "./stack-ports.ts";

/** `orders=2,catalog=3` → how many processes of each service; one of those not named. Throws for unknown names and for counts the ports do not allow. */
export function parseReplicas(text: string): Map<string, number> {
  const replicas = new Map<string, number>();
  for (const part of text.split(",").filter(Boolean)) {
    const [name = "", count = ""] = part.split("=");
    if (!serviceNames.includes(name)) throw new Error(`--replicas: there is no service "${name}"`);
    const number = Number(count);
    if (!Number.isInteger(number) || number < 1 || number > mostReplicas) {
      throw new Error(`--replicas: ${name} can run 1 to ${mostReplicas} times, not "${count}"`);
    }
    replicas.set(name, number);
  }
  return replicas;
}
