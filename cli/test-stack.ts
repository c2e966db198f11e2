import { join } from "node:path";
import type { StackEndpoints } from "#platform/stack/stack.ts";
import type { CliConfig } from "./config.ts";
import { mysqlReader } from "./open-stack.ts";
import { planServices, type ServicePlan } from "./plan-services.ts";
import { prepareData } from "./prepare-data.ts";
import type { Progress } from "./progress.ts";
import { runSeeds } from "./run-seeds.ts";
import { loadSecrets, type Secrets } from "./secrets.ts";
import { schemaIdsFile } from "./service-environment.ts";
import { serviceNames } from "./service-manifest.ts";
import { startInfrastructure } from "./start-infrastructure.ts";
import { startServices } from "./start-services.ts";
import { stopSupervisor } from "./supervisor-client.ts";
import { wipeHome } from "./wipe-home.ts";
import { writeFileAtomically } from "./write-file-atomically.ts";

/** What tests read from the file named by MALL_TEST_STACK. */
export interface TestStackFile {
  home: string;
  kafka: { brokers: string[] };
  schemaRegistry: string;
  /** The administrator: tests of one service make schemas of their own. */
  mysql: StackEndpoints["mysql"];
  /** Sees the rows of all services and changes none. */
  mysqlReader: StackEndpoints["mysql"];
  redis: StackEndpoints["redis"];
  schemaIdsFile: string;
  /** Origin of the edge, without `/api`, and of each service replica; empty in the int group, which runs without services. */
  edge: string | null;
  services: Record<string, string[]>;
  secrets: Secrets;
  /** Variables with which the services were started beyond the defaults. */
  limits: Record<string, string>;
}

/** The one stack of a test run: started when the first group needs it, stopped and wiped by `end`. */
export class TestStack {
  readonly #config: CliConfig;
  readonly #progress: Progress;
  #started: { secrets: Secrets; endpoints: StackEndpoints } | undefined;
  #hasData = false;

  constructor(config: CliConfig, progress: Progress) {
    this.#config = config;
    this.#progress = progress;
  }

  /** Starts the servers, on empty data: what an interrupted run left must not colour this one. Returns the file for MALL_TEST_STACK. */
  async startServers(): Promise<string> {
    const started = await this.#start();
    return this.#writeFile(started, { services: {}, limits: {} });
  }

  /** Starts the services, or restarts them on the same data when `limits` differ from those they run with. */
  async startServices(limits: Record<string, string>): Promise<string> {
    const started = await this.#start();
    const config = { ...this.#config, environment: { ...this.#config.environment, ...limits } };
    const plan: ServicePlan = { config, ...started, replicas: new Map() };
    if (!this.#hasData) await prepareData({ config, ...started }, this.#progress);
    await startServices(plan, this.#progress);
    if (!this.#hasData) await this.#progress.step("demo data", () => runSeeds(plan));
    this.#hasData = true;
    const services: Record<string, string[]> = {};
    for (const { name, port } of planServices(plan).services) {
      (services[name.replace(/-\d+$/, "")] ??= []).push(`http://127.0.0.1:${port}`);
    }
    return this.#writeFile(started, { services, limits });
  }

  async end(keepLogs: boolean): Promise<void> {
    await this.#progress.step("stopping the test stack", () => stopSupervisor(this.#config.home));
    wipeHome(this.#config.home, { keepLogs });
  }

  async #start(): Promise<{ secrets: Secrets; endpoints: StackEndpoints }> {
    if (this.#started === undefined) {
      await this.#progress.step("clearing away an earlier run", () => stopSupervisor(this.#config.home));
      wipeHome(this.#config.home);
      const secrets = loadSecrets(this.#config.home, serviceNames);
      this.#started = { secrets, endpoints: await startInfrastructure(this.#config, secrets, this.#progress) };
    }
    return this.#started;
  }

  #writeFile(
    { secrets, endpoints }: { secrets: Secrets; endpoints: StackEndpoints },
    running: { services: Record<string, string[]>; limits: Record<string, string> },
  ): string {
    const { home } = this.#config;
    const content: TestStackFile = {
      home,
      ...endpoints,
      mysqlReader: { ...endpoints.mysql, user: mysqlReader, password: secrets.passwords.mysqlReader },
      schemaIdsFile: schemaIdsFile(home),
      edge: running.services["edge"]?.[0] ?? null,
      secrets,
      ...running,
    };
    const file = join(home, "run", "test-stack.json");
    writeFileAtomically(file, JSON.stringify(content, null, 2));
    return file;
  }
}
