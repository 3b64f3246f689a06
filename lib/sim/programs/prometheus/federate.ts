import { formatGoFloat } from "../../../go/mod.ts";
import {
  evaluateInstant,
  type Expr,
  METRIC_NAME,
  parse,
  parseSelector,
  PromqlSyntaxError,
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
  for (const selector of form.getAll("match[]")) {
    try {
      const { value } = evaluateInstant(server.store, asSelector(selector), nowMs, {
        lookbackMs: server.queries.lookbackMs,
      });
      if (value.type !== "vector") continue;
      for (const { metric, value: sample } of value.samples) {
        const name = metric[METRIC_NAME];
        if (!name) continue;
        const labels: Record<string, string> = { instance: "", ...external, ...metric };
        const ref = server.store.series(metric);
        const line = `${name}${written(labels)} ${formatGoFloat(sample)} ${ref.lastMs}`;
        const lines = found.get(name) ?? new Map();
        found.set(name, lines.set(written(metric), line));
      }
    } catch (error) {
      if (!(error instanceof PromqlSyntaxError)) throw error;
      return { status: 400, headers: PLAIN, body: `${error.message}\n` };
    }
  }
  const names = Array.from(found.keys()).sort();
  const body = names.map((name) =>
    `# TYPE ${name} untyped\n${
      Array.from(found.get(name)!.values(), (line) => `${line}\n`).join("")
    }`
  );
  return {
    status: 200,
    headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8; escaping=underscores" },
    body: body.join(""),
  };
}

const PLAIN = { "content-type": "text/plain; charset=utf-8" };

/** Errors: PromqlSyntaxError for what is no selector. */
function asSelector(text: string): Expr {
  parseSelector(text);
  return parse(text);
}

function written(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).filter(([name]) => name !== METRIC_NAME)
    .sort(([a], [b]) => a < b ? -1 : 1)
    .map(([name, value]) =>
      `${name}="${value.replace(/[\\"\n]/g, (char) => char === "\n" ? "\\n" : `\\${char}`)}"`
    );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
