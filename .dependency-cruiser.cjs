// Who may import whom. Every rule has a tree that breaks it under cli/checks/fixtures/architecture/, named as the rule,
// and cli/checks/architecture.test.ts sees exactly that rule fire.

const test = "\\.test\\.ts$";
// Files of a service with a job of their own; any other one-word file is a noun, and noun files hold rules.
const rules = [
  "^services/(?!edge/|monitor/|testing/).+/(?!(?:main|config|routes|seed)\\.ts$)[a-z]+\\.ts$",
  "^services/.+/reactions/(?!.+\\.test\\.ts$)[^/]+\\.ts$",
];
const ioPackages = "(?:knex|mysql2|koa|@koa|kafkajs|@kafkajs|ioredis|undici|node-cron|opossum|pino)";
const ioOfNode =
  "^(?:node:)?(?:fs|fs/promises|net|tls|dns|dns/promises|dgram|http|https|http2|child_process|worker_threads|timers/promises)$";
const pureOfPlatform =
  "^platform/(?:errors/|ids/|consumer/(?:reaction|event-checks)\\.ts$|kafka/(?:topic|envelope)\\.ts$|outbox/outgoing\\.ts$)";
const entries = [
  "^(?:cli|bench|deploy)/",
  "^services/[^/]+/(?:main|seed)\\.ts$",
  "/migrations/[^/]+\\.ts$",
  "^schemas/(?:generate|check)-[^/]+\\.ts$",
  "^topics/apply-[^/]+\\.ts$",
];
const startedOnlyByMain =
  "^platform/(?:kafka/(?:client|producer|consumer|admin)|lifecycle/(?!start-(?:job|leased-jobs)\\.ts$).+|outbox/relay|consumer/run-reactions|avro/registry-client)\\.ts$";
const npm = (name) => `(?:^|/)node_modules/${name}/`;

module.exports = {
  forbidden: [
    {
      name: "services-know-no-other-service",
      comment:
        "A service never imports another one, not even a type. React to its events, or keep a replica of its topic.",
      severity: "error",
      // services/testing serves the flows that cross services; it is none itself.
      from: { path: "^services/(?!testing/)([^/]+)/" },
      to: { path: "^services/[^/]+/", pathNot: "^services/$1/" },
    },
    {
      name: "services-import-only-foundations",
      comment: "A service stands on platform, schemas, topics and itself. Tools of cli and bench stay outside.",
      severity: "error",
      from: { path: "^services/" },
      to: { path: "^(?:cli|bench|deploy)/" },
    },
    {
      name: "only-services-know-services",
      comment:
        "Everything outside services knows them by their topics and routes only. (cli/generate-*.ts may read services/*/routes.ts.)",
      severity: "error",
      from: { pathNot: ["^services/", "^cli/generate-[^/]+\\.ts$"] },
      to: { path: "^services/" },
    },
    {
      name: "generators-read-only-routes",
      comment: "A generator may read services/*/routes.ts and nothing else of a service.",
      severity: "error",
      from: { path: "^cli/generate-[^/]+\\.ts$" },
      to: { path: "^services/", pathNot: "^services/.+/routes\\.ts$" },
    },
    {
      name: "topics-import-only-schemas",
      comment:
        "A topic file names events and nothing else: import from #schemas, and let the platform's shapes fit structurally.",
      severity: "error",
      from: { path: "^topics/", pathNot: [test, "^topics/apply-[^/]+\\.ts$"] },
      to: { path: ["^(?:platform|services|cli|bench|deploy)/", "node_modules/"] },
    },
    {
      name: "schemas-import-nothing",
      comment: "The vocabulary depends on nobody: move what needs the platform or a topic to where those are.",
      severity: "error",
      from: { path: "^schemas/" },
      to: { path: "^(?:platform|topics|services|cli|bench|deploy)/" },
    },
    {
      name: "platform-imports-only-npm",
      comment:
        "Platform holds mechanisms. Take the topic, schema or business decision as an argument from the service.",
      severity: "error",
      from: { path: "^platform/" },
      to: { path: "^(?:services|topics|schemas|cli|bench|deploy)/" },
    },
    {
      name: "rules-do-no-io",
      comment:
        "A noun file or a reaction decides in memory: no database, network, file, clock or framework. Take what it needs as an argument; do I/O in a store or use case (and name a file that does I/O for what it does: two words).",
      severity: "error",
      from: { path: rules },
      to: { path: [npm(ioPackages), ioOfNode, "^platform/"], pathNot: pureOfPlatform },
    },
    {
      name: "rules-stand-below",
      comment:
        "Rules know neither the store, the routes nor the wiring: those call them. Move the shared type into the noun file.",
      severity: "error",
      from: { path: rules },
      to: { path: "^services/.+/(?:[^/]+-store|[^/]+-reactions|main|config|routes|seed)\\.ts$|/migrations/" },
    },
    {
      name: "sql-only-in-stores",
      comment:
        "Only a *-store.ts (and migrations, seed.ts, main.ts) knows knex. Move the statement into the store and pass trx on.",
      severity: "error",
      from: {
        path: "^services/[^/]+/",
        pathNot: ["-store\\.ts$", "/migrations/", "/(?:main|seed)\\.ts$", "/testing/", test],
      },
      to: { path: npm("knex") },
    },
    {
      name: "only-main-builds-clients",
      comment: "Clients are made in main.ts (or seed.ts) and passed on; import their type where you need its shape.",
      severity: "error",
      from: { path: "^services/[^/]+/", pathNot: ["/(?:main|seed)\\.ts$", "/testing/", test] },
      to: { path: [npm("(?:mysql2|ioredis|undici|kafkajs)"), startedOnlyByMain], dependencyTypesNot: ["type-only"] },
    },
    {
      name: "environment-only-in-config",
      comment:
        "Only config.ts files read the environment or say which variables there are, and only main.ts and seed.ts read them. Take the value as an argument.",
      severity: "error",
      from: {
        path: "^(?:services|platform|topics|schemas)/",
        pathNot: ["/(?:config|main|seed)\\.ts$", test, "/testing/", "^platform/config/"],
      },
      to: { path: ["^platform/config/", "^services/.+/config\\.ts$"], dependencyTypesNot: ["type-only"] },
    },
    {
      name: "nothing-imports-main",
      comment: "main.ts and seed.ts start on import. Move what is shared into a file without side effects.",
      severity: "error",
      from: {},
      to: { path: "^services/[^/]+/(?:main|seed)\\.ts$" },
    },
    {
      name: "across-folders-by-alias",
      comment: "Across top folders write #platform/…, #schemas/…, #topics/…; relative paths only inside one.",
      severity: "error",
      from: { path: "^([^/]+)/" },
      to: {
        path: "^(?:platform|schemas|topics)/",
        pathNot: "^$1/",
        dependencyTypesNot: ["aliased-subpath-import"],
      },
    },
    {
      name: "test-tools-stay-in-tests",
      comment: "What runs in production imports no test file, no test library and nothing of platform/testing.",
      severity: "error",
      from: {
        path: "^(?:platform|schemas|topics|services)/",
        pathNot: [test, "^services/[^/]+\\.ts$", "/testing/", "-builders?\\.ts$"],
      },
      to: { path: [test, "/testing/", npm("(?:vitest|fast-check)"), "-builders?\\.ts$"] },
    },
    {
      name: "no-cycles",
      comment: "These files import each other in a circle. Move what both need into a third file below them.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-orphans",
      comment: "Nothing that runs reaches this file. Delete it, or wire it in.",
      severity: "error",
      from: { path: entries },
      to: {
        path: "^(?:platform|schemas|topics|services)/",
        pathNot: [...entries, test, "/testing/", "-builders?\\.ts$", "^services/[^/]+\\.ts$"],
        reachable: false,
      },
    },
    {
      name: "no-barrels-or-drawers",
      comment:
        "No index.ts, and no file named for what it is made of (utils, helpers, common, shared, types, constants, interfaces). Name it after its main export.",
      severity: "error",
      from: {},
      to: {
        path: "/(?:index|utils|helpers|common|shared|types|constants|interfaces)(?:/|\\.ts$)",
        pathNot: "node_modules",
      },
    },
    {
      name: "imports-resolve",
      comment: "This import leads nowhere. Write the path with its .ts ending, or add the package to package.json.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "packages-are-declared",
      comment:
        "The package is not among package.json's dependencies (production code must not live on development tools).",
      severity: "error",
      from: {
        path: "^(?:platform|topics|services)/",
        pathNot: [test, "^services/[^/]+\\.ts$", "/testing/"],
      },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown", "npm-optional", "npm-peer"] },
    },
  ],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^cli/checks/fixtures/" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types", "node", "default"] },
  },
};
