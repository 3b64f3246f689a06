import { nearestNames } from "../base/mod.ts";
import { METRIC_NAME, parseSelector } from "../promql/mod.ts";

/** What a Prometheus is asked for that. */
export interface SeriesPlace {
  /** How many series a selector finds. */
  count(selector: string): Promise<number>;
  /** The names of all series. */
  names(): Promise<readonly string[]>;
}

/** A condition of a seriesQuery that compares letter by letter with what looks like an expression. */
export interface LiteralExpression {
  label: string;
  type: string;
  value: string;
  /** The operator that takes an expression. */
  meant: "=~" | "!~";
}

/** Errors: PromqlSyntaxError. */
export function literalExpressions(seriesQuery: string): LiteralExpression[] {
  return parseSelector(seriesQuery).flatMap(({ name, type, value }) => {
    if (!["=", "!="].includes(type) || !/\.[*+]|^\^|\$$/.test(value)) return [];
    return [{ label: name, type, value, meant: type === "=" ? "=~" : "!~" }];
  });
}

/** Why a seriesQuery finds nothing: the conditions that keep all out, or a name that is not there. */
export type WhyNothing =
  | { condition: string; label: string; count: number }
  /** The names that are like it, the nearest first. */
  | { near: string[] };

/** `meant` is the name that is taken to be wanted where the query names none. */
export async function whyNothing(
  seriesQuery: string,
  place: SeriesPlace,
  meant = "",
): Promise<WhyNothing> {
  const matchers = parseSelector(seriesQuery)
    .map((matcher) => ({
      name: matcher.name,
      value: matcher.value,
      text: `${matcher.name}${matcher.type}${JSON.stringify(matcher.value)}`,
      // Prometheus refuses a selector that an empty label meets; one that only wants a label finds nearly all there is.
      leavesOut: matcher.type.startsWith("=") && !matcher.matches(""),
    }));
  for (const one of matchers.filter(({ name }) => name !== METRIC_NAME)) {
    const others = matchers.filter((other) => other !== one);
    if (!others.some(({ leavesOut }) => leavesOut)) continue;
    const count = await place.count(`{${others.map(({ text }) => text).join(",")}}`);
    if (count > 0) return { condition: one.text, label: one.name, count };
  }
  const [names, conditions] = [true, false].map((isName) =>
    matchers.filter(({ name }) => (name === METRIC_NAME) === isName)
  );
  const selector = (all: typeof matchers) => `{${all.map(({ text }) => text).join(",")}}`;
  const count = names.some(({ leavesOut }) => leavesOut) && conditions.length > 1
    ? await place.count(selector(names))
    : 0;
  if (count > 0) {
    const counts = await Promise.all(
      conditions.map((one) => place.count(selector([...names, one]))),
    );
    const alone = conditions.filter((_, index) => counts[index] === 0);
    const guilty = alone.length > 0 ? alone : conditions;
    return { condition: guilty.map(({ text }) => text).join(", "), label: guilty[0].name, count };
  }
  const name = matchers.find(({ name }) => name === METRIC_NAME)?.value ?? "";
  return { near: nearestNames(name.replace(/[^\w:]/g, "") || meant, await place.names()) };
}
