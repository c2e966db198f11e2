/** The API document that the edge serves, as a test reads it: operations, what each takes, and checks of what it answers. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { TableRoute } from "../edge/match-route.ts";

/** As much of JSON Schema as the document uses. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly propertyNames?: Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly schema: Schema;
}

interface ResponseObject {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, unknown>>;
}

interface OperationObject {
  readonly "x-access": TableRoute["access"];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, ResponseObject>>;
}

interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: { readonly responses: Readonly<Record<string, ResponseObject>> };
}

export interface DocumentedAnswer {
  /** Content types; none for an answer without a body. */
  readonly contentTypes: readonly string[];
  /** What is wrong with a body of this content type; undefined when it is as documented. */
  faultOf(contentType: string, body: unknown): string | undefined;
}

export interface Operation {
  readonly name: string;
  readonly method: TableRoute["method"];
  readonly path: string;
  readonly access: TableRoute["access"];
  readonly parameters: readonly Parameter[];
  readonly body: { readonly contentType: string; readonly schema: Schema } | undefined;
  readonly answers: ReadonlyMap<number, DocumentedAnswer>;
}

/** Every operation of the document that the edge at `origin` serves. */
export async function readOperations(origin: string): Promise<Operation[]> {
  const document = (await (await fetch(`${origin}/api/openapi.json`)).json()) as ApiDocument;
  return operationsOf(document);
}

export function operationsOf(document: ApiDocument): Operation[] {
  const ajv = new Ajv2020({ strict: false, allErrors: false });
  addFormats.default(ajv);
  ajv.addSchema(document, "api");
  const compiled = new Map<string, ValidateFunction>();
  const validatorAt = (pointer: string): ValidateFunction => {
    const known = compiled.get(pointer) ?? ajv.compile({ $ref: `api#/${pointer}` });
    compiled.set(pointer, known);
    return known;
  };
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([verb, operation]) => {
      const answers = Object.entries(operation.responses).map(([status, response]): [number, DocumentedAnswer] => {
        const place = response.$ref?.slice(2) ?? pointerTo("paths", path, verb, "responses", status);
        return [Number(status), answerAt(response, place, { document, validatorAt })];
      });
      const method = verb.toUpperCase() as TableRoute["method"];
      const [contentType, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
      return {
        name: `${method} ${path}`,
        method,
        path,
        access: operation["x-access"],
        parameters: operation.parameters,
        body: contentType && content ? { contentType, schema: content.schema } : undefined,
        answers: new Map(answers),
      };
    }),
  );
}

function answerAt(
  { $ref, content }: ResponseObject,
  place: string,
  context: { document: ApiDocument; validatorAt(pointer: string): ValidateFunction },
): DocumentedAnswer {
  const referred =
    $ref === undefined ? content : context.document.components.responses[$ref.split("/").at(-1)!]?.content;
  return {
    contentTypes: Object.keys(referred ?? {}),
    faultOf(contentType, body) {
      const validate = context.validatorAt(`${place}/${pointerTo("content", contentType, "schema")}`);
      if (validate(body)) return undefined;
      return (validate.errors ?? [])
        .map((one) => `${one.instancePath} ${one.message ?? ""} ${JSON.stringify(one.params)}`)
        .join();
    },
  };
}

/** Parts of a JSON pointer, escaped for a fragment of a URI as well. */
function pointerTo(...parts: string[]): string {
  return parts.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");
}
