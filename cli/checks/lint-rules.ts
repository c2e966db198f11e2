// Rules that oxlint lacks, as a plugin of it (see .oxlintrc.json). Each has a fixture under cli/checks/fixtures/lint/.

interface Node {
  readonly type: string;
  readonly [property: string]: unknown;
}

interface Context {
  readonly filename: string;
  report(finding: { readonly node: Node; readonly message: string }): void;
}

type Visitors = Record<string, (node: Node) => void>;

const rule = (create: (context: Context) => Visitors) => ({ create });

const nodesOf = (value: unknown) => value as readonly Node[];
const nodeOf = (value: unknown) => value as Node;

const sqlMethods = new Set(["raw", "query", "execute", "whereRaw", "orderByRaw", "joinRaw", "fromRaw", "havingRaw"]);
const looksLikeSql = /^\s*(?:SELECT|INSERT INTO|REPLACE INTO|UPDATE \S+ SET|DELETE FROM|CREATE|ALTER|DROP|GRANT)\s/;
const constantName = /^[A-Z][A-Z0-9_]*$/;

/** True when the text is the same on every call, but for the number of its placeholders. */
function isConstantText(expression: Node): boolean {
  switch (expression.type) {
    case "Literal":
      return true;
    case "Identifier":
      return constantName.test(String(expression["name"]));
    case "CallExpression":
      return nodeOf(expression["callee"])["name"] === "placeholders";
    case "TemplateLiteral":
      return nodesOf(expression["expressions"]).every(isConstantText);
    case "BinaryExpression":
      return isConstantText(nodeOf(expression["left"])) && isConstantText(nodeOf(expression["right"]));
    case "ConditionalExpression":
      return isConstantText(nodeOf(expression["consequent"])) && isConstantText(nodeOf(expression["alternate"]));
    default:
      return false;
  }
}

function leadingText(expression: Node): string {
  if (expression.type === "BinaryExpression") return leadingText(nodeOf(expression["left"]));
  if (expression.type === "Literal") return String(expression["value"]);
  if (expression.type !== "TemplateLiteral") return "";
  const [first] = nodesOf(expression["quasis"]);
  return (first?.["value"] as { readonly raw: string } | undefined)?.raw ?? "";
}

const isText = (expression: Node) => ["TemplateLiteral", "BinaryExpression"].includes(expression.type);

const noBuiltSql = rule((context) => {
  const message =
    "SQL text is built from values. Write it as one constant string and pass values as bindings: ?, ?? for names. (UPPER_CASE constants and placeholders(…) may be inserted.)";
  const reported = new Set<Node>();
  const check = (expression: Node) => {
    if (isConstantText(expression) || reported.has(expression)) return;
    reported.add(expression);
    context.report({ node: expression, message });
  };
  const checkText = (expression: Node) => {
    if (nodeOf(expression["parent"]).type !== "BinaryExpression" && looksLikeSql.test(leadingText(expression)))
      check(expression);
  };
  return {
    CallExpression(node) {
      const [sql] = nodesOf(node["arguments"]);
      const method = nodeOf(node["callee"])["property"] as Node | undefined;
      if (sql && isText(sql) && sqlMethods.has(String(method?.["name"]))) check(sql);
    },
    TemplateLiteral: checkText,
    BinaryExpression: checkText,
  };
});

const noReExport = rule((context) => {
  const report = (node: Node) => {
    const source = node["source"] as Node | null;
    if (source === null || !/^[.#]/.test(String(source["value"]))) return;
    context.report({ node, message: "Re-exports make barrels. Import from the file that defines the thing." });
  };
  return { ExportAllDeclaration: report, ExportNamedDeclaration: report };
});

const noInlineImportType = rule((context) => ({
  TSImportType(node) {
    context.report({ node, message: "The import rules cannot see import(…) types. Write an import type statement." });
  },
}));

const oneWordFile =
  /\/services\/(?!edge\/|monitor\/|testing\/)(?:[^/]+\/)+(?!(?:main|config|routes|seed)\.ts$)[a-z]+\.ts$/;
const reactionFile = /\/reactions\/[^/]+(?<!\.test)\.ts$/;

const rulesTakeTimeAndIds = rule((context) => {
  if (!oneWordFile.test(context.filename) && !reactionFile.test(context.filename)) return {};
  const message =
    "Rules take time and ids as arguments, so that a repeated event decides alike. Pass now or the id in.";
  const impure = new Set(["Date.now", "Math.random", "crypto.randomUUID"]);
  return {
    NewExpression(node) {
      const isClock = nodeOf(node["callee"])["name"] === "Date" && nodesOf(node["arguments"]).length === 0;
      if (isClock) context.report({ node, message });
    },
    CallExpression(node) {
      const callee = nodeOf(node["callee"]);
      const object = callee["object"] as Node | undefined;
      const property = callee["property"] as Node | undefined;
      const called = [object?.["name"], property?.["name"]].map(String).join(".");
      const isImpure = impure.has(called) || callee["name"] === "randomUUID";
      if (isImpure) context.report({ node, message });
    },
  };
});

const reactionsStayCalm = rule((context) => {
  if (!reactionFile.test(context.filename)) return {};
  const report = (node: Node) =>
    context.report({
      node,
      message: "A reaction decides and nothing else: no try, no await, no logging. The runner retries, parks and logs.",
    });
  return { TryStatement: report, AwaitExpression: report };
});

const libraryFile =
  /\/(?:platform|schemas|services|topics)\/(?!.*(?:\/main|\/seed|\.test|\/(?:generate|check)-[^/]+)\.ts$)/;

const nothingOnImport = rule((context) => {
  if (!libraryFile.test(context.filename)) return {};
  return {
    Program(program) {
      const statements = nodesOf(program["body"]).filter(({ type }) => type === "ExpressionStatement");
      for (const node of statements) {
        context.report({
          node,
          message: "Importing a file does nothing: put this into a function that main.ts calls.",
        });
      }
    },
  };
});

export default {
  meta: { name: "mall" },
  rules: {
    "no-built-sql": noBuiltSql,
    "no-re-export": noReExport,
    "no-inline-import-type": noInlineImportType,
    "rules-take-time-and-ids": rulesTakeTimeAndIds,
    "reactions-stay-calm": reactionsStayCalm,
    "nothing-on-import": nothingOnImport,
  },
};
