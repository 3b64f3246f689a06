import { formatGoFloat, formatPromDuration } from "../../../go/mod.ts";
import { GO_VERSION, REVISION, VERSION } from "./flags.ts";
import type { PrometheusServer } from "./server.ts";

type Sample = [labels: string, value: number];

/** What a request is taken to last. */
const REQUEST_SECONDS = 0.002;

/** Upper bounds of `prometheus_http_request_duration_seconds`, in seconds. */
const REQUEST_BOUNDS = ["0.1", "0.2", "0.4", "1", "3", "8", "20", "60", "120", "+Inf"];

/**
 * The server's own metrics in the text format.
 * Source of names: prometheus/prometheus, its /metrics recorded; web/web.go for the bounds of the request histogram.
 * Differs: a choice of families; of histograms only that of requests, each of which takes {@linkcode REQUEST_SECONDS}.
 */
export function ownMetrics(server: PrometheusServer): string {
  const { counters, store, context, scrapes, rules } = server;
  const nowMs = context.now();
  let out = server.go.text(nowMs);
  const family = (name: string, type: string, help: string, samples: number | Sample[]) => {
    out += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
    if (typeof samples === "number") out += `${name} ${formatGoFloat(samples)}\n`;
    else for (const [labels, value] of samples) out += `${name}${labels} ${formatGoFloat(value)}\n`;
  };
  family(
    "prometheus_build_info",
    "gauge",
    "A metric with a constant '1' value labeled by version, revision, branch, goversion from which prometheus was built, and the goos and goarch for the build.",
    [[
      `{branch="HEAD",goarch="amd64",goos="linux",goversion="${GO_VERSION}",revision="${REVISION}",tags="netgo,builtinassets",version="${VERSION}"}`,
      1,
    ]],
  );
  family(
    "prometheus_config_last_reload_success_timestamp_seconds",
    "gauge",
    "Timestamp of the last successful configuration reload.",
    server.reloadedAtMs / 1000,
  );
  family(
    "prometheus_config_last_reload_successful",
    "gauge",
    "Whether the last configuration reload attempt was successful.",
    server.hasReloaded ? 1 : 0,
  );
  family(
    "prometheus_engine_queries",
    "gauge",
    "The current number of queries being executed or waiting.",
    0,
  );
  family(
    "prometheus_engine_queries_concurrent_max",
    "gauge",
    "The max number of concurrent queries.",
    Number(server.flag("query.max-concurrency")),
  );
  out += requestHistogram(counters.requests);
  family(
    "prometheus_http_requests_total",
    "counter",
    "Counter of HTTP requests.",
    Object.keys(counters.requests).sort().map((key): Sample => {
      const [handler, code] = key.split(" ");
      return [`{code="${code}",handler="${handler}"}`, counters.requests[key]];
    }),
  );
  family(
    "prometheus_notifications_alertmanagers_discovered",
    "gauge",
    "The number of alertmanagers discovered and active.",
    0,
  );
  family(
    "prometheus_ready",
    "gauge",
    "Whether Prometheus startup was fully completed and the server is ready for normal operation.",
    1,
  );
  const groups = (value: (group: typeof rules.groups[number]) => number) =>
    rules.groups.map((group): Sample => [
      `{rule_group="${group.spec.file};${group.spec.name}"}`,
      value(group),
    ]);
  family(
    "prometheus_rule_evaluation_failures_total",
    "counter",
    "The total number of rule evaluation failures.",
    counters.ruleEvaluationFailures,
  );
  family(
    "prometheus_rule_group_interval_seconds",
    "gauge",
    "The interval of a rule group.",
    groups((group) => group.intervalMs / 1000),
  );
  family(
    "prometheus_rule_group_iterations_missed_total",
    "counter",
    "The total number of rule group evaluations missed due to slow rule group evaluation.",
    groups((group) => group.missed),
  );
  family(
    "prometheus_rule_group_iterations_total",
    "counter",
    "The total number of scheduled rule group evaluations, whether executed or missed.",
    groups((group) => group.evaluations + group.missed),
  );
  family(
    "prometheus_rule_group_last_duration_seconds",
    "gauge",
    "The duration of the last rule group evaluation.",
    groups((group) => group.durationSeconds),
  );
  family(
    "prometheus_rule_group_last_evaluation_timestamp_seconds",
    "gauge",
    "The timestamp of the last rule group evaluation in seconds.",
    groups((group) => group.lastEvaluationMs / 1000),
  );
  family(
    "prometheus_rule_group_rules",
    "gauge",
    "The number of rules.",
    groups((group) => group.spec.rules.length),
  );
  family(
    "prometheus_sd_discovered_targets",
    "gauge",
    "Current number of discovered targets.",
    scrapes.pools.map((pool): Sample => [
      `{config="${pool.config.jobName}",name="scrape"}`,
      pool.loops.length + pool.droppedCount,
    ]),
  );
  family(
    "prometheus_sd_kubernetes_events_total",
    "counter",
    "The number of Kubernetes events handled.",
    Array.from(scrapes.objects.events, ([key, value]): Sample => {
      const [role, event] = key.split(" ");
      return [`{event="${event}",role="${role}"}`, value];
    }),
  );
  const intervals = new Map(
    scrapes.loops.map((
      loop,
    ) => [loop.target.intervalMs, formatPromDuration(loop.target.intervalMs)]),
  );
  family(
    "prometheus_target_interval_length_seconds",
    "summary",
    "Actual intervals between scrapes.",
    Array.from(intervals).flatMap(([intervalMs, shown]): Sample[] =>
      [0.01, 0.05, 0.5, 0.9, 0.99].map((quantile) => [
        `{interval="${shown}",quantile="${quantile}"}`,
        intervalMs / 1000,
      ])
    ),
  );
  family(
    "prometheus_target_scrape_pool_targets",
    "gauge",
    "Current number of targets in this scrape pool.",
    scrapes.pools.map((pool): Sample => [
      `{scrape_job="${pool.config.jobName}"}`,
      pool.loops.length,
    ]),
  );
  family(
    "prometheus_target_scrape_pools_total",
    "counter",
    "Total number of scrape pool creation attempts.",
    scrapes.pools.length,
  );
  family(
    "prometheus_target_scrape_pool_exceeded_label_limits_total",
    "counter",
    "Total number of times scrape pools hit the label limits, during sync or config reload.",
    counters.labelLimit,
  );
  family(
    "prometheus_target_scrapes_exceeded_body_size_limit_total",
    "counter",
    "Total number of scrapes that hit the body size limit",
    counters.bodySizeLimit,
  );
  family(
    "prometheus_target_scrapes_exceeded_sample_limit_total",
    "counter",
    "Total number of scrapes that hit the sample limit and were rejected.",
    counters.sampleLimit,
  );
  family(
    "prometheus_target_scrapes_sample_duplicate_timestamp_total",
    "counter",
    "Total number of samples rejected due to duplicate timestamps but different values.",
    counters.duplicates,
  );
  family(
    "prometheus_target_scrapes_sample_out_of_bounds_total",
    "counter",
    "Total number of samples rejected due to timestamp falling outside of the time bounds.",
    counters.outOfBounds,
  );
  family(
    "prometheus_target_scrapes_sample_out_of_order_total",
    "counter",
    "Total number of samples rejected due to not being out of the expected order.",
    counters.outOfOrder,
  );
  family(
    "prometheus_tsdb_head_samples_appended_total",
    "counter",
    "Total number of appended samples.",
    [['{type="float"}', counters.samplesAppended], ['{type="histogram"}', 0]],
  );
  family(
    "prometheus_tsdb_head_chunks",
    "gauge",
    "Total number of chunks in the head block.",
    Math.ceil(store.sampleCount / 120),
  );
  family(
    "prometheus_tsdb_head_series",
    "gauge",
    "Total number of series in the head block.",
    store.seriesCount,
  );
  family(
    "prometheus_tsdb_retention_limit_seconds",
    "gauge",
    "How long to retain samples in storage.",
    server.retentionMs / 1000,
  );
  return out;
}

/** How long requests took, by handler, of requests counted by `handler code`. */
function requestHistogram(requests: Readonly<Record<string, number>>): string {
  const name = "prometheus_http_request_duration_seconds";
  const counts = new Map<string, number>();
  for (const key of Object.keys(requests).sort()) {
    const [handler] = key.split(" ");
    counts.set(handler, (counts.get(handler) ?? 0) + requests[key]);
  }
  const lines = [
    `# HELP ${name} Histogram of latencies for HTTP requests.`,
    `# TYPE ${name} histogram`,
  ];
  for (const [handler, count] of counts) {
    for (const bound of REQUEST_BOUNDS) {
      lines.push(`${name}_bucket{handler="${handler}",le="${bound}"} ${count}`);
    }
    lines.push(
      `${name}_sum{handler="${handler}"} ${formatGoFloat(count * REQUEST_SECONDS)}`,
      `${name}_count{handler="${handler}"} ${count}`,
    );
  }
  return lines.join("\n") + "\n";
}
