import { ExpositionReader, type MetricType } from "./_exposition_reader.ts";
import { type Labels, METRIC_NAME } from "./labels.ts";

export { ExpositionSyntaxError, type MetricType } from "./_exposition_reader.ts";

export interface ExpositionSample {
  /** With `__name__`. */
  labels: Labels;
  value: number;
  /** Present when the line carries one. */
  timestampMs?: number;
}

/** Samples under one name, with what the text says of it. */
export interface MetricFamily {
  name: string;
  type: MetricType;
  help: string;
  samples: ExpositionSample[];
}

/**
 * Reads Prometheus's text format, version 0.0.4, into families in the order of the text.
 * Errors: ExpositionSyntaxError with upstream's message.
 * Source: prometheus/prometheus model/textparse/promparse.go.
 */
export function parseExposition(text: string): MetricFamily[] {
  const families = new Map<string, MetricFamily>();
  const familyOf = (name: string): MetricFamily => {
    let family = families.get(name);
    if (!family) families.set(name, family = { name, type: "untyped", help: "", samples: [] });
    return family;
  };
  const reader = new ExpositionReader(text);
  for (let entry = reader.next(); entry; entry = reader.next()) {
    if (entry.kind === "help") familyOf(entry.name).help = entry.text;
    else if (entry.kind === "type") familyOf(entry.name).type = entry.type;
    else if (entry.kind === "sample") {
      const { labels, value, timestampMs } = entry;
      const name = labels[METRIC_NAME];
      const base = name.replace(/_(?:bucket|sum|count)$/, "");
      const isPart = base !== name &&
        /^(?:histogram|summary)$/.test(families.get(base)?.type ?? "");
      familyOf(isPart ? base : name).samples.push({ labels, value, timestampMs });
    }
  }
  return Array.from(families.values());
}
