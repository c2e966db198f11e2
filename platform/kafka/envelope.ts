/**
 * The envelope of every event: CloudEvents 1.0 in binary mode, in Kafka's headers. Written by the outbox, read by the
 * consumer; the value itself carries no envelope fields.
 */
import type { Cause } from "../outbox/outgoing.ts";

export interface Envelope {
  readonly eventId: string;
  /** `mall.<owner>.<EventName>.v1` */
  readonly type: string;
  readonly seq: number;
  readonly cause: Cause;
}

/** Headers as the client hands them over: bytes, text, or a list when a header is repeated. */
export type RawHeaders = Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;

const SEQUENCE_DIGITS = 10;

/** `ce_type` of an event type; the version is the topic's major version. */
export function typeName(type: { name: string; owner: string }): string {
  return `mall.${type.owner}.${type.name}.v1`;
}

/** Headers of an outgoing event, as text by name. */
export function writeEnvelope(
  fields: Envelope & { source: string; subject: string; time: Date },
): Record<string, string> {
  return {
    ce_specversion: "1.0",
    ce_id: fields.eventId,
    ce_source: fields.source,
    ce_type: fields.type,
    ce_time: fields.time.toISOString(),
    ce_subject: fields.subject,
    ce_sequence: String(fields.seq).padStart(SEQUENCE_DIGITS, "0"),
    ce_correlationid: fields.cause.correlationId,
    ce_causationid: fields.cause.causationId,
    traceparent: fields.cause.traceparent,
    "content-type": "application/avro",
  };
}

/** One header's text; of a repeated header the first. */
export function headerText(headers: RawHeaders, name: string): string | undefined {
  const value = headers[name];
  const first = Array.isArray(value) ? value[0] : value;
  return first === undefined ? undefined : first.toString();
}

/** The envelope of a consumed message, or undefined when a required header is missing or not what it should be. */
export function readEnvelope(headers: RawHeaders): Envelope | undefined {
  const eventId = headerText(headers, "ce_id");
  const type = headerText(headers, "ce_type");
  const seq = Number(headerText(headers, "ce_sequence"));
  if (eventId === undefined || type === undefined || !Number.isSafeInteger(seq) || seq < 1) return undefined;
  return {
    eventId,
    type,
    seq,
    cause: {
      correlationId: headerText(headers, "ce_correlationid") ?? eventId,
      causationId: eventId,
      traceparent: headerText(headers, "traceparent") ?? "",
    },
  };
}
