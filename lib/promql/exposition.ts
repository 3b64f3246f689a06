import { ExpositionReader } from "./_exposition_reader.ts";
import type { ExpositionFormat, FormatReader, MetricType } from "./_format_reader.ts";
import { OpenMetricsReader } from "./_openmetrics_reader.ts";
import { type Labels, METRIC_NAME } from "./labels.ts";

export { type ExpositionFormat, ExpositionSyntaxError, type MetricType } from "./_format_reader.ts";

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
  unit: string;
  /** Whether the text says anything of it: its type, its unit or what it is. */
  isDeclared: boolean;
  samples: ExpositionSample[];
}

/**
 * What a name may have behind that of its family, by the family's type. In the text format a counter is named as it
 * is declared, and only what histograms and summaries are made of is named otherwise.
 * Source: prometheus/common expfmt/text_parse.go (setOrCreateCurrentMF); prometheus/OpenMetrics
 * specification/OpenMetrics.md (Metric Types).
 */
const SUFFIXES: Readonly<Record<ExpositionFormat, Partial<Record<MetricType, RegExp>>>> = {
  text: {
    histogram: /_(?:bucket|sum|count)$/,
    summary: /_(?:sum|count)$/,
  },
  openmetrics: {
    counter: /_(?:total|created)$/,
    histogram: /_(?:bucket|sum|count|created)$/,
    gaugehistogram: /_(?:bucket|gsum|gcount)$/,
    summary: /_(?:sum|count|created)$/,
    info: /_info$/,
  },
};

/** Whether a text has the end that OpenMetrics wants, and no other format has. */
export function endsAsOpenMetrics(text: string): boolean {
  return text === "# EOF" || text === "# EOF\n" || text.endsWith("\n# EOF\n") ||
    text.endsWith("\n# EOF");
}

/** A reader of a format's entries, from a place on. */
export function readerOf(
  format: ExpositionFormat,
  text: string,
  at = 0,
  type?: MetricType,
): FormatReader {
  return format === "openmetrics"
    ? new OpenMetricsReader(text, at, type)
    : new ExpositionReader(text, at, type);
}

/**
 * Reads Prometheus's text format, version 0.0.4, or OpenMetrics, into families in the order of the text.
 * Errors: ExpositionSyntaxError with upstream's message.
 * Source: prometheus/prometheus model/textparse/promparse.go, openmetricsparse.go.
 */
export function parseExposition(text: string, format: ExpositionFormat = "text"): MetricFamily[] {
  const families = new Map<string, MetricFamily>();
  const familyOf = (name: string): MetricFamily => {
    let family = families.get(name);
    if (!family) {
      family = { name, type: "untyped", help: "", unit: "", isDeclared: false, samples: [] };
      families.set(name, family);
    }
    return family;
  };
  const declared = (name: string) => Object.assign(familyOf(name), { isDeclared: true });
  const reader = readerOf(format, text);
  for (let entry = reader.next(); entry; entry = reader.next()) {
    if (entry.kind === "help") declared(entry.name).help = entry.text;
    else if (entry.kind === "type") declared(entry.name).type = entry.type;
    else if (entry.kind === "unit") declared(entry.name).unit = entry.unit;
    else if (entry.kind === "sample") {
      const { labels, value, timestampMs } = entry;
      const name = familyName(labels[METRIC_NAME], families, SUFFIXES[format]);
      familyOf(name).samples.push({ labels, value, timestampMs });
    }
  }
  return Array.from(families.values());
}

function familyName(
  name: string,
  families: ReadonlyMap<string, MetricFamily>,
  suffixes: Partial<Record<MetricType, RegExp>>,
): string {
  if (families.has(name)) return name;
  const base = name.replace(/_[a-z]+$/, "");
  const family = families.get(base);
  return family && suffixes[family.type]?.test(name) ? base : name;
}
