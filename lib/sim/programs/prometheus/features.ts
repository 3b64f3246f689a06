import type { Slog } from "../shared/slog.ts";

interface Said {
  line: number;
  message: string;
  /** Told as a warning, with the option's name. */
  warns?: boolean;
  more?: Readonly<Record<string, string>>;
}

/** What is said of each option, by main.go's lines. */
const FEATURES: Readonly<Record<string, Said>> = {
  "exemplar-storage": { line: 238, message: "Experimental in-memory exemplar storage enabled" },
  "memory-snapshot-on-shutdown": {
    line: 241,
    message: "Experimental memory snapshot on shutdown enabled",
  },
  "extra-scrape-metrics": {
    line: 246,
    message:
      "This option for --enable-feature is being phased out. It currently changes the default for the extra_scrape_metrics config setting to true, but will become a no-op in a future version. Stop using this option and set extra_scrape_metrics in the config instead.",
    warns: true,
  },
  "metadata-wal-records": {
    line: 251,
    message: "Experimental metadata records in WAL enabled",
  },
  "promql-per-step-stats": { line: 254, message: "Experimental per-step statistics reporting" },
  "auto-reload-config": {
    line: 257,
    message: "This option for --enable-feature is deprecated. Use --config.auto-reload instead.",
    warns: true,
  },
  "concurrent-rule-eval": {
    line: 260,
    message: "Experimental concurrent rule evaluation enabled.",
  },
  "promql-experimental-functions": {
    line: 263,
    message: "Experimental PromQL functions enabled.",
  },
  "promql-duration-expr": permanent(265),
  "native-histograms": {
    line: 267,
    message:
      "This option for --enable-feature is a no-op. To scrape native histograms, set the scrape_native_histograms scrape config setting to true.",
    warns: true,
  },
  "ooo-native-histograms": permanent(269),
  "created-timestamp-zero-ingestion": startTimestamps(282, "zero ingestion"),
  "xor2-encoding": {
    line: 285,
    message:
      "This option for --enable-feature is being phased out. It currently changes the default for the storage.tsdb.chunk_encoding.floats config setting to xor2, but will become a no-op in a future major version. Stop using this option and set storage.tsdb.chunk_encoding.floats in the config instead.",
    warns: true,
  },
  "histograms-st-encoding": {
    line: 288,
    message: "Experimental ST-capable histogram chunk encoding enabled.",
  },
  "st-synthesis": { line: 293, message: "Experimental start timestamp synthesis enabled." },
  "st-storage": startTimestamps(302, "storage"),
  "use-start-timestamps": {
    line: 305,
    message: "Experimental usage of start timestamps in PromQL engine is enabled.",
  },
  "delayed-compaction": { line: 308, message: "Experimental delayed compaction is enabled." },
  "promql-delayed-name-removal": {
    line: 311,
    message: "Experimental PromQL delayed name removal enabled.",
  },
  "promql-extended-range-selectors": {
    line: 314,
    message: "Experimental PromQL extended range selectors enabled.",
  },
  "promql-binop-fill-modifiers": {
    line: 317,
    message: "Experimental PromQL binary operator fill modifiers enabled.",
  },
  "old-ui": { line: 320, message: "Serving previous version of the Prometheus web UI." },
  "otlp-deltatocumulative": { line: 323, message: "Converting delta OTLP metrics to cumulative" },
  "otlp-native-delta-ingestion": {
    line: 330,
    message:
      "Enabling native ingestion of delta OTLP metrics, storing the raw sample values without conversion. WARNING: Delta support is in an early stage of development. The ingestion and querying process is likely to change over time.",
  },
  "type-and-unit-labels": {
    line: 334,
    message: "Experimental type and unit labels enabled",
  },
  "use-uncached-io": { line: 340, message: "Experimental Uncached IO is enabled." },
  "fast-startup": { line: 343, message: "Experimental fast startup is enabled." },
  "search-api": { line: 346, message: "Experimental search API enabled." },
};

function permanent(line: number): Said {
  const message =
    "This option for --enable-feature is now permanently enabled and therefore a no-op.";
  return { line, message, warns: true };
}

function startTimestamps(line: number, what: string): Said {
  return {
    line,
    message:
      `Experimental start timestamp ${what} enabled. OpenMetrics 1.0 parsing will parse <metric>_created metrics as ST instead of normal sample. Changed default scrape_protocols to prefer PrometheusProto format.`,
    more: {
      "global.scrape_protocols":
        "[PrometheusProto OpenMetricsText1.0.0 OpenMetricsText0.0.1 PrometheusText1.0.0 PrometheusText0.0.4]",
    },
  };
}

/**
 * Says of each option what a release says.
 * Source: prometheus/prometheus cmd/prometheus/main.go (setFeatureListOptions).
 * Differs: options other than `promql-experimental-functions`, `promql-delayed-name-removal` and `extra-scrape-metrics` change nothing.
 */
export function logFeatures(features: Iterable<string>, log: Slog): void {
  for (const option of features) {
    if (option === "") continue;
    if (!Object.hasOwn(FEATURES, option)) {
      log.warn("main.go:348", "Unknown option for --enable-feature", { option });
      continue;
    }
    const { line, message, warns, more } = FEATURES[option];
    if (warns) log.warn(`main.go:${line}`, message, { option });
    else log.info(`main.go:${line}`, message, more);
  }
}
