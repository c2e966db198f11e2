import { z } from "zod";

export type JsonObject = { [key: string]: unknown };

/** What several places of a document refer to, by name. */
export interface Components {
  readonly schemas: Map<string, JsonObject>;
  readonly responses: Map<string, JsonObject>;
}

/**
 * The JSON Schema (2020-12, as OpenAPI 3.1 takes it) of what is sent in, or of what comes out. A schema that refers to
 * itself or to parts of itself becomes a component under `name`, because "#" is another place inside a document.
 */
export function jsonSchema(
  schema: z.ZodType,
  options: { io: "input" | "output"; name: string; components: Components },
): JsonObject {
  const { io, name, components } = options;
  const { $schema: _, ...made } = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    override: ({ jsonSchema: part }) => tidy(part),
  }) as JsonObject;
  if (!JSON.stringify(made).includes('"$ref"')) return made;
  const { $defs = {}, ...root } = made;
  const moved = (value: JsonObject): JsonObject =>
    JSON.parse(
      JSON.stringify(value).replaceAll(/"\$ref":"#(?:\/\$defs\/(\w+))?"/g, (_match, part: string = "") => {
        return `"$ref":"#/components/schemas/${name}${part}"`;
      }),
    ) as JsonObject;
  for (const [part, definition] of Object.entries($defs as Record<string, JsonObject>)) {
    components.schemas.set(`${name}${part}`, moved(definition));
  }
  components.schemas.set(name, moved(root));
  return { $ref: `#/components/schemas/${name}` };
}

function tidy(part: JsonObject): void {
  // A number in a query is a text that our schemas turn into one; the document says the number.
  if (part["type"] === "integer") delete part["pattern"];
  // The format says the rest, in 300 characters less.
  if (part["format"] === "date-time") part["pattern"] = "Z$";
}
