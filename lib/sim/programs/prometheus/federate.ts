import { formatGoFloat } from "../../../go/mod.ts";
import {
  evaluateInstant,
  METRIC_NAME,
  parseSelector,
  PromqlSyntaxError,
  type VectorSelector,
} from "../../../promql/mod.ts";
import type { HttpResponse } from "../../seams.ts";
import type { Form } from "./form.ts";
import type { PrometheusServer } from "./server.ts";

/**
 * `/federate`: the newest sample of each series that a selector of `match[]` takes, as text.
 * Source: prometheus/prometheus web/federate.go.
 */
export function federate(server: PrometheusServer, form: Form): HttpResponse {
  if (form.problem !== undefined) {
    return {
      status: 400,
      headers: PLAIN,
      body: `error parsing form values: ${form.problem}\n`,
    };
  }
  const nowMs = server.context.now();
  const found = new Map<string, Map<string, string>>();
  const external = server.config.externalLabels;
  for (const text of form.getAll("match[]")) {
    try {
      const selector = asSelector(text);
      // Upstream's store selects nothing by nothing.
      if (selector.matchers.length === 0) continue;
      const { value } = evaluateInstant(server.store, selector, nowMs, {
        lookbackMs: server.queries.lookbackMs,
      });
      if (value.type !== "vector") continue;
      for (const { metric, value: sample } of value.samples) {
        const name = metric[METRIC_NAME];
        if (!name) continue;
        const ref = server.store.series(metric);
        const labels = federatedLabels(metric, external);
        const line = `${escaped(name)}${labels} ${formatGoFloat(sample)} ${ref.lastMs}`;
        const lines = found.get(name) ?? new Map();
        found.set(name, lines.set(written(Object.entries(metric)), line));
      }
    } catch (error) {
      if (!(error instanceof PromqlSyntaxError)) throw error;
      return { status: 400, headers: PLAIN, body: `${error.message}\n` };
    }
  }
  const names = Array.from(found.keys()).sort();
  const body = names.map((name) =>
    `# TYPE ${escaped(name)} untyped\n${
      Array.from(found.get(name)!.values(), (line) => `${line}\n`).join("")
    }`
  );
  return {
    status: 200,
    headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8; escaping=underscores" },
    body: body.join(""),
  };
}

const PLAIN = {
  "content-type": "text/plain; charset=utf-8",
  "x-content-type-options": "nosniff",
};

/** Errors: PromqlSyntaxError for what is no selector. One that takes everything names no metric of an expression, and is one. */
function asSelector(text: string): VectorSelector {
  const matchers = parseSelector(text);
  return { kind: "vectorSelector", start: 0, end: text.length, name: "", matchers, offsetMs: 0 };
}

/** A series' own labels in their order, then those of the server that it has not. Source: as above. */
function federatedLabels(
  metric: Readonly<Record<string, string>>,
  external: Readonly<Record<string, string>>,
): string {
  const own = Object.entries(metric).sort(byName);
  const more = Object.entries(external).filter(([name]) => !(name in metric)).sort(byName);
  const instance: [string, string][] = "instance" in metric || "instance" in external
    ? []
    : [["instance", ""]];
  return written([...own, ...more, ...instance]);
}

function byName([a]: [string, string], [b]: [string, string]): number {
  return a < b ? -1 : 1;
}

/** A name in letters that every reader knows. Source: prometheus/common model/metric.go (EscapeName, UnderscoreEscaping). */
function escaped(name: string): string {
  return [...name].map((char, i) =>
    /[a-zA-Z_:]/.test(char) || (i > 0 && /[0-9]/.test(char)) ? char : "_"
  ).join("");
}

function written(labels: readonly (readonly [string, string])[]): string {
  const pairs = labels.filter(([name]) => name !== METRIC_NAME)
    .map(([name, value]) =>
      `${escaped(name)}="${
        value.replace(/[\\"\n]/g, (char) => char === "\n" ? "\\n" : `\\${char}`)
      }"`
    );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
