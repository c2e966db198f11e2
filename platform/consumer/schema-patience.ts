/**
 * What to do with messages whose writer's schema is not known: wait while the registry is out of reach, ask again while it
 * may still learn, and give up when it has denied the id for a minute. Never a dead letter because a registry was down.
 */
import type { Codec } from "../avro/codec.ts";
import type { Verdict } from "../kafka/consumer.ts";

export interface SchemaPatience {
  /** Asks for the schema; then fetch the message again at once, or later. */
  verdict(held: { readonly offset: string; readonly schemaId: number }): Promise<Verdict>;
  givenUp(schemaId: number): boolean;
}

const DENIALS = 3;
const DENIED_FOR_MS = 60_000;
const ASK_AGAIN_MS = 5_000;

export function createSchemaPatience(codec: Codec, clock: () => number = () => performance.now()): SchemaPatience {
  const denials = new Map<number, { since: number; count: number }>();

  function givenUp(schemaId: number): boolean {
    const denied = denials.get(schemaId);
    return denied !== undefined && denied.count >= DENIALS && clock() - denied.since >= DENIED_FOR_MS;
  }

  return {
    givenUp,
    async verdict({ offset, schemaId }) {
      const answer = await codec.learn(schemaId).catch(() => "unreachable" as const);
      if (answer === "known") return { kind: "seek", offset };
      if (answer === "missing") {
        const denied = denials.get(schemaId) ?? { since: clock(), count: 0 };
        denials.set(schemaId, { ...denied, count: denied.count + 1 });
      }
      return { kind: "pause", forMs: ASK_AGAIN_MS };
    },
  };
}
