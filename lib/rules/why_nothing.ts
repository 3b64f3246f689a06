import { nearestNames } from "../base/mod.ts";
import { METRIC_NAME, parseSelector } from "../promql/mod.ts";

/** What a Prometheus is asked for that. */
export interface SeriesPlace {
  /** How many series a selector finds. */
  count(selector: string): Promise<number>;
  /** The names of all series. */
  names(): Promise<readonly string[]>;
}

/** Why a seriesQuery finds nothing: the one condition that keeps all out, or a name that is not there. */
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
    .map(({ name, type, value }) => ({
      name,
      type,
      value,
      text: `${name}${type}${JSON.stringify(value)}`,
    }));
  for (const one of matchers.filter(({ name }) => name !== METRIC_NAME)) {
    const others = matchers.filter((other) => other !== one);
    // Every selector must leave something out.
    if (!others.some(({ type }) => type.startsWith("="))) continue;
    const count = await place.count(`{${others.map(({ text }) => text).join(",")}}`);
    if (count > 0) return { condition: one.text, label: one.name, count };
  }
  const name = matchers.find(({ name }) => name === METRIC_NAME)?.value ?? "";
  return { near: nearestNames(name.replace(/[^\w:]/g, "") || meant, await place.names()) };
}
