/**
 * What to do with messages whose writer's schema is not known: wait while the registry is out of reach, ask again while it
 * may still learn, and give up when it has denied the id for a minute. Never a dead letter because a registry was down.
 */
import type { Codec } from "../avro/codec.ts";
import type { Verdict } from "../kafka/consumer.ts";

export interface SchemaPatience {
  /** Asks for the schema in the background; the partition is fetched again a little later. */
  verdict(held: { readonly schemaId: number }): Verdict;
  givenUp(schemaId: number): boolean;
}

const DENIALS = 3;
const DENIED_FOR_MS = 60_000;
// Long enough for a registry to answer, short enough not to be noticed when it does.
const LOOK_AGAIN_MS = 500;
const ASK_AGAIN_MS = 5_000;

export function createSchemaPatience(codec: Codec, clock: () => number = () => performance.now()): SchemaPatience {
  const denials = new Map<number, { since: number; count: number }>();
  const askedAt = new Map<number, number>();

  async function ask(schemaId: number): Promise<void> {
    askedAt.set(schemaId, clock());
    const answer = await codec.learn(schemaId).catch(() => "unreachable" as const);
    if (answer !== "missing") return;
    const denied = denials.get(schemaId) ?? { since: clock(), count: 0 };
    denials.set(schemaId, { ...denied, count: denied.count + 1 });
  }

  return {
    givenUp(schemaId) {
      const denied = denials.get(schemaId);
      return denied !== undefined && denied.count >= DENIALS && clock() - denied.since >= DENIED_FOR_MS;
    },
    verdict({ schemaId }) {
      // Not awaited: a registry that hangs must not hold up the other partitions.
      if (clock() - (askedAt.get(schemaId) ?? -Infinity) >= ASK_AGAIN_MS) void ask(schemaId);
      return { kind: "pause", forMs: LOOK_AGAIN_MS };
    },
  };
}
