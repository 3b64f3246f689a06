import type { SyntaxNode } from "@lezer/common";
import { el } from "../browser/dom.ts";
import { call, nameOf, type QueryAnswer, type Series } from "./server.ts";

/*
 * A query taken apart: each expression in it, with what that comes to by itself.
 */

/** An expression within a query. */
export interface Expression {
  kind: string;
  text: string;
  parts: Expression[];
}

/** What is an expression of PromQL, by its node in the grammar; what stands in brackets is told by what is within. */
const KINDS: Readonly<Record<string, string>> = {
  AggregateExpr: "aggregation",
  BinaryExpr: "binary operation",
  FunctionCall: "function call",
  MatrixSelector: "range vector selector",
  NumberDurationLiteral: "number",
  OffsetExpr: "at an offset",
  StepInvariantExpr: "at a fixed time",
  StringLiteral: "string",
  SubqueryExpr: "subquery",
  UnaryExpr: "unary operation",
  VectorSelector: "instant vector selector",
};
/** So many expressions of a query are asked about. */
const MOST_ASKED = 60;
/** So many series of one are named. */
const MOST_NAMED = 3;

/** The expressions of a query, from the outermost on. */
export function expressionsIn(node: SyntaxNode, query: string): Expression[] {
  const parts: Expression[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    // The value that a label is compared with is a string, and no part that comes to anything.
    if (child.name === "LabelMatchers") continue;
    parts.push(...expressionsIn(child, query));
  }
  const kind = KINDS[node.name];
  return kind === undefined
    ? parts
    : [{ kind, text: query.slice(node.from, node.to).trim(), parts }];
}

/** The tree as it is drawn; what each comes to is filled in as the server answers. */
export function drawTree(
  expressions: readonly Expression[],
  at: Record<string, string>,
): { element: HTMLElement; done: Promise<void> } {
  const asked: [text: string, place: HTMLElement][] = [];
  const list = (all: readonly Expression[]): HTMLElement =>
    el(
      "ul",
      { class: "tree" },
      ...all.map(({ kind, text, parts }) => {
        const place = el("small", { class: "lines" }, "…");
        asked.push([text, place]);
        return el(
          "li",
          {},
          el("code", {}, text),
          el("small", {}, kind),
          place,
          ...parts.length > 0 ? [list(parts)] : [],
        );
      }),
    );
  const element = list(expressions);
  const ask = async () => {
    for (const [text, place] of asked.slice(0, MOST_ASKED)) {
      if (!place.isConnected) return;
      try {
        place.textContent = resultText(await call<QueryAnswer>("query", { ...at, query: text }));
      } catch (error) {
        place.textContent = (error as Error).message;
        place.className = "lines bad";
      }
    }
    for (const [, place] of asked.slice(MOST_ASKED)) place.textContent = "not asked";
  };
  return { element, done: Promise.resolve().then(ask) };
}

function resultText({ data: { resultType, result }, warnings = [] }: QueryAnswer): string {
  if (resultType === "scalar" || resultType === "string") return `${resultType} ${result[1]}`;
  const series = result as Series[];
  const told = series.slice(0, MOST_NAMED).map(({ metric, value, values }) =>
    `${nameOf(metric)} ${value?.[1] ?? (values ? `${values.length} samples` : "")}`.trim()
  );
  const left = series.length - told.length;
  return [
    `${series.length} series`,
    ...told,
    ...left > 0 ? [`${left} more`] : [],
    ...warnings,
  ].join("\n");
}
