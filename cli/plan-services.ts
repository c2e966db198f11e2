import { createHash } from "node:crypto";
import { join } from "node:path";
import type { StackEndpoints } from "#platform/stack/stack.ts";
import type { CliConfig } from "./config.ts";
import type { Secrets } from "./secrets.ts";
import { type EnvironmentSources, serviceEnvironment, type ServicePlace } from "./service-environment.ts";
import { presentServices, type ServiceEntry } from "./service-manifest.ts";
import { servicePort } from "./stack-ports.ts";
import type { DesiredService, DesiredServices } from "./supervisor-state.ts";

export interface ServicePlan {
  config: CliConfig;
  secrets: Secrets;
  endpoints: StackEndpoints;
  replicas: Map<string, number>;
}

/** Every service of this checkout with its replicas, ports and environment. The same plan has the same revision. */
export function planServices(plan: ServicePlan): DesiredServices {
  const places = placeServices(plan);
  const sources: EnvironmentSources = { ...plan, serviceUrls: urlsByService(places) };
  const services = places.map((place) => desiredService(place, sources));
  return { revision: createHash("sha256").update(JSON.stringify(services)).digest("hex"), services };
}

/** The environment of the first replica of one service, for its seed. */
export function environmentOfService(service: ServiceEntry, plan: ServicePlan): Record<string, string> {
  const places = placeServices(plan);
  const port = servicePort(service.port, 1, plan.config.portOffset);
  return serviceEnvironment({ service, replica: 1, port }, { ...plan, serviceUrls: urlsByService(places) });
}

function placeServices({ config, replicas }: ServicePlan): ServicePlace[] {
  return presentServices(config.root).flatMap((service) =>
    Array.from({ length: replicas.get(service.name) ?? 1 }, (_, index) => ({
      service,
      replica: index + 1,
      port: servicePort(service.port, index + 1, config.portOffset),
    })),
  );
}

function desiredService(place: ServicePlace, sources: EnvironmentSources): DesiredService {
  const { service, replica, port } = place;
  return {
    name: replica === 1 ? service.name : `${service.name}-${replica}`,
    port,
    command: process.execPath,
    args: [join("services", service.name, "main.ts")],
    environment: serviceEnvironment(place, sources),
  };
}

function urlsByService(places: ServicePlace[]): Record<string, string[]> {
  const urls: Record<string, string[]> = {};
  for (const { service, port } of places) (urls[service.name] ??= []).push(`http://127.0.0.1:${port}`);
  return urls;
}
