/** A codec for tests without a registry: every event of the topics gets an id of its own, in order. */
import { type Codec, createCodec } from "../avro/codec.ts";
import { type AvroSchema, subjectOf } from "../avro/registered-schemas.ts";
import type { Topic } from "../kafka/topic.ts";

export function testCodec(topics: readonly Topic[]): Codec {
  const subjects = new Map<string, number>();
  const schemas = new Map<number, AvroSchema>();
  for (const topic of topics) {
    for (const { schema } of topic.events) {
      const id = schemas.size + 1;
      subjects.set(subjectOf(topic.name, schema), id);
      schemas.set(id, schema);
    }
  }
  return createCodec({ registered: { subjects, schemas } });
}
