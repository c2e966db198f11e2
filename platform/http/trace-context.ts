/** W3C trace context: the trace of the caller is continued, or a new one begun. Spans are not recorded here. */
import { randomUUID } from "node:crypto";

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;

/** A traceparent for the work of this request: the incoming trace with a span of its own, or a new trace. */
export function traceparentFrom(incoming: string | undefined): string {
  const [, traceId, flags] = TRACEPARENT.exec(incoming ?? "") ?? [];
  return `00-${traceId ?? randomUUID().replaceAll("-", "")}-${spanId()}-${flags ?? "01"}`;
}

function spanId(): string {
  // The last group and the first four digits of a UUID v4 are random throughout.
  const uuid = randomUUID();
  return uuid.slice(24) + uuid.slice(0, 4);
}
