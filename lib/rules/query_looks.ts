import type { SeriesLabels } from "../adapter/mod.ts";
import { everyPart, type Expr, METRIC_NAME, parse } from "../promql/mod.ts";
import { isNumber, type Window, windowsOf } from "./query_shape.ts";

/** A condition on a label in a query. */
export interface Condition {
  label: string;
  /** As the query has it: `=~`. */
  type: string;
  value: string;
}

/** Answers a query. */
type Ask = (promql: string) => Promise<readonly { value: number }[] | undefined>;

/** A comparison that leaves a query nothing to give. */
export interface EmptyingComparison {
  /** Its operator. */
  op: string;
  /** As the query has it. */
  text: string;
  /** Whether it stands behind `and` or `unless`: a condition, and not the value. */
  isGate: boolean;
}

const COMPARISONS: readonly string[] = ["==", "!=", "<", ">", "<=", ">="];

/** A query of a rule, as it is sent, taken apart. */
export class QueryLooks {
  readonly expr: Expr;
  readonly #parts: readonly Expr[];

  /** Errors: PromqlSyntaxError. */
  constructor(readonly promql: string) {
    this.expr = parse(promql);
    this.#parts = [...everyPart(this.expr)];
  }

  get windows(): Window[] {
    return windowsOf(this.expr, this.promql);
  }

  /** A window that holds no two samples for sure, where they lie `everyMs` apart. */
  shortWindow(everyMs: number | undefined): Window | undefined {
    return everyMs ? this.windows.find(({ rangeMs }) => rangeMs < 2 * everyMs) : undefined;
  }

  /** A condition that wants a label which the series has not. */
  missingLabel(series: SeriesLabels): Condition | undefined {
    return this.#conditions().find(({ label, type }) => type.startsWith("=") && !(label in series));
  }

  /** A condition that a series does not meet. */
  unmet(series: SeriesLabels): Condition | undefined {
    return this.#conditions().find(({ label, matches }) => !matches(series[label] ?? ""));
  }

  /** The conditions that none of some series meets. */
  unmetByEach(all: readonly SeriesLabels[]): Condition[] {
    return this.#conditions().filter(({ label, matches }) =>
      all.every((series) => !matches(series[label] ?? ""))
    );
  }

  /** A condition that none of some series meets, or else one that the first does not. */
  unmetByAll(all: readonly SeriesLabels[]): Condition | undefined {
    return this.unmetByEach(all)[0] ?? (all.length > 0 ? this.unmet(all[0]) : undefined);
  }

  /** A label that has to be two things at once, and these. */
  contradiction(): { label: string; values: [string, string] } | undefined {
    for (const part of this.#parts) {
      if (part.kind !== "vectorSelector") continue;
      const equal = part.matchers.filter(({ type }) => type === "=");
      for (const { name, value } of equal) {
        const other = equal.find((one) => one.name === name && one.value !== value);
        if (other) return { label: name, values: [value, other.value] };
      }
    }
  }

  /**
   * A comparison with a number that drops every value that there is, so that the query gives nothing, and would give
   * a number without it; the first where several do so together. `ask` answers a query, and is asked each but once.
   */
  async emptyingComparison(ask: Ask): Promise<EmptyingComparison | undefined> {
    const known = new Map<string, ReturnType<Ask>>();
    return await this.#emptying((promql) => {
      const answer = known.get(promql) ?? ask(promql);
      known.set(promql, answer);
      return answer;
    });
  }

  async #emptying(ask: Ask): Promise<EmptyingComparison | undefined> {
    if ((await ask(this.promql))?.length) return undefined;
    // What keeps a NaN out, as a guard against dividing by zero, keeps out no value.
    const givesNumber = async (promql: string) =>
      (await ask(promql))?.some(({ value }) => Number.isFinite(value));
    for (const { part, of } of this.#comparisons()) {
      const kept = await ask(this.#textOf(part));
      if (kept?.length !== 0 || !await givesNumber(this.#textOf(of))) continue;
      const found = { op: part.op, text: this.#textOf(part), isGate: this.#isGate(part) };
      if (part === outermost(this.expr)) return found;
      const { start, end } = part;
      const without = `${this.promql.slice(0, start)}(${this.#textOf(of)})${
        this.promql.slice(end)
      }`;
      const isToBlame = await givesNumber(without) ||
        await new QueryLooks(without).#emptying(ask);
      return isToBlame ? found : undefined;
    }
  }

  /** Whether a part only says when there is a value, and is none itself. */
  #isGate({ start, end }: Expr): boolean {
    return this.#parts.some((one) =>
      one.kind === "binary" && ["and", "unless"].includes(one.op) &&
      one.right.start <= start && end <= one.right.end
    );
  }

  /** The comparisons with a number that drop what does not meet them, and what each compares. */
  #comparisons(): { part: Extract<Expr, { kind: "binary" }>; of: Expr }[] {
    return this.#parts.flatMap((part) => {
      if (part.kind !== "binary" || part.returnBool || !COMPARISONS.includes(part.op)) return [];
      const of = isNumber(part.right) ? part.left : isNumber(part.left) ? part.right : undefined;
      return of ? [{ part, of }] : [];
    });
  }

  #textOf({ start, end }: Expr): string {
    return this.promql.slice(start, end);
  }

  /** A name that it asks for and that is not among all. */
  unknownName(names: readonly string[]): string | undefined {
    return this.#parts.flatMap((part) => part.kind === "vectorSelector" ? part.name || [] : [])
      .find((name) => !names.includes(name));
  }

  /** Whether it wants a label to be a value. */
  asksFor(label: string, value: string): boolean {
    return this.#conditions().some((one) => one.label === label && one.value === value);
  }

  #conditions() {
    return this.#parts.flatMap((part) => part.kind === "vectorSelector" ? part.matchers : [])
      .filter(({ name }) => name !== METRIC_NAME)
      .map((matcher) => ({
        label: matcher.name,
        type: matcher.type,
        value: matcher.value,
        matches: (text: string) => matcher.matches(text),
      }));
  }
}

/** Whether none of a query's samples has the label by which the adapter finds whose value one is. */
export function isLabelLost(
  samples: readonly { metric: SeriesLabels }[],
  label: string | undefined,
): boolean {
  return label !== undefined && samples.length > 0 &&
    !samples.some(({ metric }) => metric[label] !== undefined);
}

/** What parentheses and aggregates stand around: they give nothing where it gives nothing. */
function outermost(expr: Expr): Expr {
  return expr.kind === "paren" || expr.kind === "aggregate" ? outermost(expr.expr) : expr;
}
