interface Node {
  readonly type: string;
  readonly [property: string]: unknown;
}

interface Context {
  report(finding: { readonly node: Node; readonly message: string }): void;
}

const sqlMethods = new Set(["raw", "query", "execute", "whereRaw", "orderByRaw", "joinRaw", "fromRaw", "havingRaw"]);

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value;
}

/** True when the text of the expression depends on a value at run time. */
function isBuiltText(expression: unknown): boolean {
  if (!isNode(expression)) return false;
  if (expression.type === "TemplateLiteral") return (expression["expressions"] as unknown[]).length > 0;
  if (expression.type === "BinaryExpression") return !isConstantText(expression);
  return false;
}

function isConstantText(expression: unknown): boolean {
  if (!isNode(expression)) return false;
  if (expression.type === "Literal") return true;
  if (expression.type === "TemplateLiteral") return (expression["expressions"] as unknown[]).length === 0;
  return (
    expression.type === "BinaryExpression" && isConstantText(expression["left"]) && isConstantText(expression["right"])
  );
}

function rule(visitors: (context: Context) => Record<string, (node: Node) => void>) {
  return { create: visitors };
}

const noBuiltSql = rule((context) => ({
  CallExpression(node) {
    const callee = node["callee"];
    if (!isNode(callee) || callee.type !== "MemberExpression") return;
    const method = callee["property"];
    if (!isNode(method) || !sqlMethods.has(String(method["name"]))) return;
    const [sql] = node["arguments"] as unknown[];
    if (!isBuiltText(sql)) return;
    context.report({
      node,
      message:
        "SQL text is built from values. Write it as one constant string and pass the values as ? or :name bindings.",
    });
  },
}));

const noReExport = rule((context) => {
  const report = (node: Node) => {
    if (node["source"] === null || node["source"] === undefined) return;
    context.report({ node, message: "Re-exports make barrels. Import from the file that defines the thing." });
  };
  return { ExportAllDeclaration: report, ExportNamedDeclaration: report };
});

const noInlineImportType = rule((context) => ({
  TSImportType(node) {
    context.report({ node, message: "The import rules cannot see import(…) types. Write an import type statement." });
  },
}));

export default {
  meta: { name: "mall" },
  rules: {
    "no-built-sql": noBuiltSql,
    "no-re-export": noReExport,
    "no-inline-import-type": noInlineImportType,
  },
};
