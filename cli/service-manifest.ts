import { existsSync } from "node:fs";
import { join } from "node:path";

/** Which secrets and addresses a service is handed beside the ones that all get (port, Kafka, registry, Redis, its identity and ops keys). */
export type EnvironmentGroup =
  | "database"
  | "edge"
  | "accessTokenSigning"
  | "addressTransport"
  | "personalData"
  | "blindIndex"
  | "callbacks"
  | "demoAccounts";

export interface ServiceEntry {
  /** Folder under services/, and the name in `status`. */
  name: string;
  port: number;
  needs: EnvironmentGroup[];
  /** Has a seed.ts for the demo data. */
  seeds: boolean;
}

export const serviceManifest: ServiceEntry[] = [
  {
    name: "users",
    port: 30_010,
    needs: ["database", "accessTokenSigning", "addressTransport", "personalData", "blindIndex", "demoAccounts"],
    seeds: true,
  },
  { name: "catalog", port: 30_005, needs: ["database"], seeds: true },
  { name: "cart", port: 30_011, needs: ["database"], seeds: false },
  { name: "orders", port: 30_006, needs: ["database", "addressTransport", "personalData"], seeds: false },
  { name: "payment", port: 30_012, needs: ["database", "callbacks"], seeds: false },
  { name: "sweeper", port: 30_016, needs: ["database"], seeds: false },
  { name: "edge", port: 30_001, needs: ["edge"], seeds: false },
];

export const serviceNames = serviceManifest.map((service) => service.name);

export const servicesWithTables = serviceManifest
  .filter((service) => service.needs.includes("database"))
  .map((service) => service.name);

/** The schema of a service, and the account that may use it and nothing else. */
export function schemaOf(service: string): string {
  return `mall_${service}`;
}

/** Services whose code is in this checkout. */
export function presentServices(root: string): ServiceEntry[] {
  return serviceManifest.filter((service) => existsSync(join(root, "services", service.name, "main.ts")));
}
