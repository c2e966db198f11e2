/**
 * The API document as one page without a script: whatever a browser needs is in it, so it can be read offline and may be
 * forbidden everything but its own style.
 */
import { createHash } from "node:crypto";

type Schema = Readonly<Record<string, unknown>>;

interface Content {
  readonly [type: string]: { readonly schema: Schema };
}

interface Operation {
  readonly summary: string;
  readonly tags: readonly string[];
  readonly "x-access": string;
  readonly parameters: readonly { name: string; in: string; required: boolean; schema: Schema }[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<
    Record<string, { readonly $ref?: string; readonly description?: string; readonly content?: Content }>
  >;
}

export interface ApiDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export interface DocumentPage {
  readonly html: string;
  /** The Content-Security-Policy under which it works. */
  readonly policy: string;
}

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
h1, h2 { font-weight: 600 } h2 { margin-top: 2rem; border-bottom: 1px solid #ccc }
summary { cursor: pointer; padding: .3rem 0 } summary code { font-weight: 600 } summary span { color: #666 }
details > div { margin: 0 0 1rem 1rem } table { border-collapse: collapse; width: 100% }
td, th { text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0; border-bottom: 1px solid #eee }
pre { background: #f6f6f4; padding: .6rem; overflow-x: auto; font-size: .85rem; margin: .3rem 0 }
`;

export function documentPage(document: ApiDocument): DocumentPage {
  const { info, paths, components } = document;
  const byTag = new Map<string, string[]>();
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const tag = operation.tags[0] ?? "";
      byTag.set(tag, [...(byTag.get(tag) ?? []), operationPart(`${method.toUpperCase()} ${path}`, operation)]);
    }
  }
  const sections = [...byTag].sort(([left], [right]) => (left < right ? -1 : 1));
  const schemas = Object.entries(components.schemas).map(([name, schema]) => fold(code(name), pre(schema)));
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(info.title)}</title><style>${STYLE}</style></head><body>
<h1>${escaped(info.title)}</h1><p>${escaped(info.description)}</p>
<p>Version ${escaped(info.version)}, below <code>/api</code>; for machines: <a href="openapi.json">openapi.json</a></p>
${sections.map(([tag, parts]) => `<h2>${escaped(tag)}</h2>\n${parts.join("\n")}`).join("\n")}
<h2>Schemas</h2>
${schemas.join("\n")}
</body></html>
`;
  const hash = createHash("sha256").update(STYLE).digest("base64");
  return { html, policy: `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; frame-ancestors 'none'` };
}

function operationPart(place: string, operation: Operation): string {
  const { summary, parameters, requestBody, responses } = operation;
  const head = `${code(place)} ${escaped(summary)} <span>(${escaped(operation["x-access"])})</span>`;
  const given = parameters.map(({ name, in: where, required, schema }) =>
    row([code(name), `${where}${required ? ", required" : ""}`, code(JSON.stringify(schema))]),
  );
  const answers = Object.entries(responses).map(([status, { $ref, description, content }]) => {
    // A refusal is named after its status and its codes.
    const codes = $ref?.split("/").at(-1)?.split(".").slice(1).join(", ");
    return row([code(status), escaped(codes ?? description ?? "") + contentPart(content)]);
  });
  const body = requestBody === undefined ? "" : `<h4>Body</h4>${contentPart(requestBody.content)}`;
  const asked = given.length === 0 ? "" : `<h4>Parameters</h4><table>${given.join("")}</table>`;
  return fold(head, `${asked}${body}<h4>Answers</h4><table>${answers.join("")}</table>`);
}

function contentPart(content: Content = {}): string {
  return Object.entries(content)
    .map(([type, { schema }]) => `<div>${code(type)}</div>${pre(schema)}`)
    .join("");
}

function fold(head: string, body: string): string {
  return `<details><summary>${head}</summary><div>${body}</div></details>`;
}

function row(cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
}

function code(text: string): string {
  return `<code>${escaped(text)}</code>`;
}

function pre(schema: Schema): string {
  return `<pre>${escaped(JSON.stringify(schema, null, 2))}</pre>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);
}
