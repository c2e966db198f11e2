/**
 * JSON lines on stdout. Guarantees that a value under a telling key (see masked-keys.ts) and any phone number or e-mail
 * address in a text is masked, at any depth, in errors too; and that no value can forge a line. It cannot know personal
 * data of other shapes, such as a name in a free text: do not log those.
 */
import { type Bindings, type ChildLoggerOptions, type DestinationStream, type Logger, pino } from "pino";
import { maskText } from "../security/masking.ts";
import { errorFields, maskValue } from "./masked-values.ts";

export type { Logger } from "pino";

export interface LoggerOptions {
  readonly service: string;
  readonly instance: string;
  readonly level: string;
  /** stdout when absent, written synchronously, so that the last line before an exit is never lost. */
  readonly stream?: DestinationStream;
}

/** A logger whose lines carry `service` and `instance`. Put errors under `err`. */
export function createLogger({ service, instance, level, stream }: LoggerOptions): Logger {
  const logger = pino(
    {
      level,
      base: { service, instance },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: (value: unknown) => value },
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => maskValue(fields) as Record<string, unknown>,
      },
      hooks: {
        logMethod(args, method) {
          method.apply(this, maskArguments(args as unknown[]) as Parameters<typeof method>);
        },
      },
    },
    stream ?? pino.destination({ fd: 1, sync: true }),
  );
  // pino runs no hook on the bindings of a child. Children inherit this method, so grandchildren are masked too.
  const plain = logger as unknown as { child: Child };
  const { child } = plain;
  plain.child = function (bindings, options) {
    return child.call(this, maskValue(bindings) as Bindings, options);
  };
  return logger;
}

type Child = (this: unknown, bindings: Bindings, options?: ChildLoggerOptions) => Logger;

function maskArguments(args: unknown[]): unknown[] {
  const [first, ...rest] = args;
  if (typeof first === "string") return [maskText(first), ...rest.map(maskValue)];
  const fields = first instanceof Error ? { err: first } : (first as { err?: unknown } | null);
  // Without a message pino would take the error's own, unmasked.
  if (rest.length === 0 && fields?.err instanceof Error) return [fields, errorFields(fields.err).message];
  return [fields, ...rest.map(maskValue)];
}
