/**
 * Registers the schemas of all topics and writes their ids to a file, from which services start without the registry.
 * A step of deployment, before the services of that release start. Repeating it changes nothing. It stops at the first
 * refused schema; those registered before it stay, which is harmless, and the file is then left as it was.
 */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError } from "../errors/app-error.ts";
import type { Topic } from "../kafka/topic.ts";
import { subjectOf } from "./registered-schemas.ts";
import type { AvroSchema, RegisteredSchemasFile } from "./registered-schemas.ts";
import { createRegistryClient } from "./registry-client.ts";
import type { RegistryClient } from "./registry-client.ts";

/** More do not make the registry faster: it works through them on a small database. */
const parallelCalls = 6;

/**
 * Rejects with AppError SCHEMA_REFUSED (names the subject and the registry's reason) or REGISTRY_UNAVAILABLE.
 * The file is replaced in one step, so a service never reads half of it.
 */
export async function registerSchemas(options: {
  registryUrl: string;
  topics: readonly Topic[];
  file: string;
}): Promise<void> {
  const registry = createRegistryClient({ url: options.registryUrl, timeoutMs: 10_000 });
  // First, because a first registration under the default rule would let any second one pass.
  await registry.setCompatibility("FULL_TRANSITIVE");
  const wanted = options.topics.flatMap((topic) =>
    topic.events.map(({ schema }) => ({ subject: subjectOf(topic.name, schema), schema })),
  );
  await writeAtomically(options.file, await registerAll(registry, wanted));
}

interface Wanted {
  readonly subject: string;
  readonly schema: AvroSchema;
}

async function registerAll(registry: RegistryClient, wanted: readonly Wanted[]): Promise<RegisteredSchemasFile> {
  const ids = new Map<string, number>();
  const schemas: Record<string, AvroSchema> = {};
  const queue = [...wanted];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const id = await register(registry, next);
      // Older versions too: their events are still in the topics.
      for (const version of await registry.versions(next.subject)) schemas[version.id] = version.schema;
      schemas[id] = next.schema;
      ids.set(next.subject, id);
    }
  };
  await Promise.all(Array.from({ length: parallelCalls }, worker));
  // In the order asked for, not in that of the answers: the same registration writes the same file.
  return { subjects: Object.fromEntries(wanted.map(({ subject }) => [subject, ids.get(subject) as number])), schemas };
}

async function register(registry: RegistryClient, { subject, schema }: Wanted): Promise<number> {
  try {
    return await registry.register(subject, schema);
  } catch (cause) {
    if (!(cause instanceof AppError) || cause.code !== "SCHEMA_REFUSED") throw cause;
    throw new AppError({
      code: "SCHEMA_REFUSED",
      message: `the registry refuses the schema of ${subject} as incompatible with an earlier version: ${cause.message}`,
      retry: "never",
      cause,
    });
  }
}

async function writeAtomically(file: string, content: RegisteredSchemasFile): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.tmp`;
  await writeFile(draft, `${JSON.stringify(content, null, 1)}\n`);
  await rename(draft, file);
}
