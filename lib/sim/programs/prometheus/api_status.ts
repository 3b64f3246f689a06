import { formatPromDuration, parseJson, quote } from "../../../go/mod.ts";
import {
  type MetricFamily,
  parseExposition,
  parseSelector,
  PromqlSyntaxError,
  sortedLabels,
} from "../../../promql/mod.ts";
import { type ApiResult, type Endpoint, goTime } from "./api.ts";
import { QueryApiError } from "./api_error.ts";
import type { Form } from "./form.ts";
import { rules, shownAlert } from "./api_rules.ts";
import { configYaml, relabelYaml } from "./config_yaml.ts";
import { BUILD_DATE, GO_VERSION, REVISION, VERSION } from "./flags.ts";
import { relabelSteps } from "./relabel.ts";
import { type ScrapeLoop, shownInterval } from "./scrape_loop.ts";
import type { PrometheusServer } from "./server.ts";

/**
 * Endpoints of `/api/v1` about targets, rules and the server itself.
 * Source: prometheus/prometheus web/api/v1/api.go.
 */
export const statusEndpoints: Record<string, Endpoint> = {
  targets: (server, form) => ({ data: targets(server, form) }),
  scrape_pools: (server) => ({
    data: { scrapePools: server.scrapes.pools.map((pool) => pool.config.jobName).sort() },
  }),
  "targets/metadata": targetMetadata,
  "targets/relabel_steps": targetRelabelSteps,
  metadata,
  rules,
  alerts: (server) => ({
    data: {
      alerts: server.rules.groups.flatMap((group) =>
        group.rules.flatMap(({ rule, alerts }) =>
          rule.kind === "alerting" ? alerts.map(shownAlert) : []
        )
      ),
    },
  }),
  alertmanagers: () => ({ data: { activeAlertmanagers: [], droppedAlertmanagers: [] } }),
  "status/config": (server) => ({ data: { yaml: configYaml(server.config, server.retentionMs) } }),
  "status/flags": (server) => ({
    data: Object.fromEntries(
      Array.from(server.flags, ([name, values]) => [name, values.join(",")] as const)
        .sort(([a], [b]) => a < b ? -1 : 1),
    ),
  }),
  "status/buildinfo": () => ({
    data: {
      version: VERSION,
      revision: REVISION,
      branch: "HEAD",
      buildUser: "root@buildhost",
      buildDate: BUILD_DATE,
      goVersion: GO_VERSION,
    },
  }),
  "status/runtimeinfo": (server) => ({
    data: {
      startTime: goTime(server.context.startedAtMs),
      CWD: "/prometheus",
      hostname: server.context.pod.name,
      serverTime: goTime(server.context.now()),
      reloadConfigSuccess: server.hasReloaded,
      lastConfigTime: goTime(Math.floor(server.reloadedAtMs / 1000) * 1000),
      corruptionCount: 0,
      goroutineCount: 96,
      GOMAXPROCS: 4,
      GOMEMLIMIT: 9223372036854775807n,
      GOGC: String(server.config.gogc),
      GODEBUG: "",
      storageRetention: server.shownRetention,
    },
  }),
  "status/tsdb": (server, form) => ({ data: tsdbStatus(server, tsdbLimit(form)) }),
  // Samples stay in memory here: there is no block on a disk.
  "status/tsdb/blocks": () => ({ data: { blocks: [] } }),
  notifications: () => ({ data: [] }),
  "status/walreplay": () => ({ data: { min: 0, max: 0, current: 0 } }),
};

function targets(server: PrometheusServer, form: Form) {
  const only = form.get("scrapePool") ?? "";
  const state = (form.get("state") ?? "").toLowerCase();
  const shows = (kind: string) => state === "" || state === "any" || state === kind;
  const pools = server.scrapes.pools
    .toSorted((a, b) => a.config.jobName < b.config.jobName ? -1 : 1);
  const chosen = pools.filter((pool) => only === "" || pool.config.jobName === only);
  return {
    activeTargets: shows("active")
      ? chosen.flatMap((pool) => pool.loops.map((loop) => shownTarget(server, loop)))
      : [],
    droppedTargets: shows("dropped")
      ? chosen.flatMap((pool) =>
        pool.dropped.map((labels) => ({
          discoveredLabels: sortedLabels(labels),
          scrapePool: pool.config.jobName,
        }))
      )
      : [],
    droppedTargetCounts: shows("dropped")
      ? Object.fromEntries(pools.map((pool) => [pool.config.jobName, pool.droppedCount]))
      : null,
  };
}

function shownTarget(server: PrometheusServer, loop: ScrapeLoop) {
  const { target, state, config } = loop;
  return {
    discoveredLabels: sortedLabels(target.discoveredLabels),
    labels: sortedLabels(target.labels),
    scrapePool: config.jobName,
    scrapeUrl: target.url,
    globalUrl: target.url.replace(
      /^(\w+:\/\/)(?:localhost|127\.0\.0\.1|\[::1\])(?=[:/])/,
      `$1${server.context.pod.name}`,
    ),
    lastError: state.lastError,
    lastScrape: goTime(state.lastScrapeMs),
    lastScrapeDuration: state.lastDurationSeconds,
    health: state.health,
    scrapeInterval: shownInterval(target),
    scrapeTimeout: formatPromDuration(target.timeoutMs),
  };
}

function familiesOf(loop: ScrapeLoop): MetricFamily[] {
  if (loop.lastText === "") return [];
  return parseExposition(loop.lastText, loop.lastFormat).filter(({ isDeclared }) => isDeclared);
}

function shownType(family: MetricFamily): string {
  return family.type === "untyped" ? "unknown" : family.type;
}

function targetMetadata(server: PrometheusServer, form: Form): ApiResult {
  const limit = numberParameter(form, "limit");
  const metric = form.get("metric") ?? "";
  const selector = form.get("match_target") ?? "";
  let matchers: ReturnType<typeof parseSelector> = [];
  try {
    if (selector !== "") matchers = parseSelector(selector);
  } catch (error) {
    if (!(error instanceof PromqlSyntaxError)) throw error;
    throw QueryApiError.parameter("match_target", error.message);
  }
  const found = server.scrapes.loops.flatMap((loop) => {
    const { labels } = loop.target;
    if (!matchers.every((matcher) => matcher.matchesLabels(labels))) return [];
    return familiesOf(loop)
      .filter(({ name }) => metric === "" || name === metric)
      .map((family) => ({
        target: sortedLabels(labels),
        ...(metric === "" ? { metric: family.name } : {}),
        type: shownType(family),
        help: family.help,
        unit: family.unit,
      }));
  });
  return { data: limit >= 0 ? found.slice(0, limit) : found };
}

function metadata(server: PrometheusServer, form: Form): ApiResult {
  const limit = numberParameter(form, "limit");
  const perMetric = numberParameter(form, "limit_per_metric");
  const metric = form.get("metric") ?? "";
  const found = new Map<string, Map<string, { type: string; unit: string; help: string }>>();
  for (const loop of server.scrapes.loops) {
    for (const family of familiesOf(loop)) {
      if (metric !== "" && family.name !== metric) continue;
      const entries = found.get(family.name) ?? new Map();
      found.set(family.name, entries);
      if (perMetric > 0 && entries.size >= perMetric) continue;
      const entry = { type: shownType(family), unit: family.unit, help: family.help };
      entries.set(JSON.stringify(entry), entry);
    }
  }
  const all = Array.from(found, ([name, entries]) => [name, Array.from(entries.values())]);
  all.sort(([a], [b]) => a < b ? -1 : 1);
  return { data: Object.fromEntries(limit >= 0 ? all.slice(0, limit) : all) };
}

function numberParameter(form: Form, name: string): number {
  const text = form.get(name);
  if (text === null || text === "") return -1;
  if (!/^[-+]?\d+$/.test(text) || BigInt.asIntN(64, BigInt(text)) !== BigInt(text)) {
    throw new QueryApiError("bad_data", `${name} must be a number`);
  }
  return Number(text);
}

/** Labels given as a JSON object. Errors: QueryApiError. */
function readLabels(text: string): Record<string, string> {
  const wrong = (what: string) => new QueryApiError("bad_data", `error parsing labels: ${what}`);
  let labels: unknown;
  try {
    labels = parseJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw wrong(error.message);
  }
  const kindOf = (value: unknown) => Array.isArray(value) ? "array" : typeof value;
  if (labels === null) return {};
  if (kindOf(labels) !== "object") {
    throw wrong(`json: cannot unmarshal ${kindOf(labels)} into Go value of type map[string]string`);
  }
  for (const value of Object.values(labels as Record<string, unknown>)) {
    if (typeof value === "string") continue;
    throw wrong(`json: cannot unmarshal ${kindOf(value)} into Go value of type string`);
  }
  return labels as Record<string, string>;
}

/** What each relabeling rule of a pool does to a discovered label set; nothing after one drops it. */
function targetRelabelSteps(server: PrometheusServer, form: Form): ApiResult {
  const name = form.get("scrapePool") ?? "";
  if (name === "") throw new QueryApiError("bad_data", "no scrapePool parameter provided");
  const text = form.get("labels") ?? "";
  if (text === "") throw new QueryApiError("bad_data", "no labels parameter provided");
  const labels = readLabels(text);
  const pool = server.scrapes.pool(name);
  if (!pool) {
    throw new QueryApiError(
      "bad_data",
      `error retrieving scrape config: scrape pool ${quote(name)} not found`,
    );
  }
  const rules = pool.config.relabelRules;
  const taken = relabelSteps(labels, rules);
  return {
    data: {
      steps: rules.map((rule, index) => {
        const keep = taken[index]?.keep ?? false;
        return {
          rule: relabelYaml(rule),
          output: keep ? sortedLabels(taken[index].output) : {},
          keep,
        };
      }),
    },
  };
}

/** Source: prometheus/prometheus web/api/v1/api.go (serveTSDBStatus). */
function tsdbLimit(form: Form): number {
  const text = form.get("limit");
  if (!text) return 10;
  if (!/^[-+]?\d+$/.test(text) || Number(text) < 1) {
    throw new QueryApiError("bad_data", "limit must be a positive number");
  }
  if (Number(text) > 10_000) throw new QueryApiError("bad_data", "limit must not exceed 10000");
  return Number(text);
}

/** What the store holds most of. Source: prometheus/prometheus web/api/v1/api.go (serveTSDBStatus). */
export function tsdbStatus(server: PrometheusServer, limit: number) {
  const { store } = server;
  const byName = new Map<string, number>();
  const pairs = new Map<string, number>();
  const values = new Map<string, Set<string>>();
  for (const { labels } of store.select([])) {
    for (const name in labels) {
      const value = labels[name];
      if (name === "__name__") byName.set(value, (byName.get(value) ?? 0) + 1);
      const pair = `${name}=${value}`;
      pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
      let set = values.get(name);
      if (!set) values.set(name, set = new Set());
      set.add(value);
    }
  }
  const top = (counts: Iterable<[string, number]>) =>
    Array.from(counts, ([name, value]) => ({ name, value }))
      .sort((a, b) => b.value - a.value || (a.name < b.name ? -1 : 1)).slice(0, limit);
  const { minMs, maxMs } = store.timeRange ??
    { minMs: 9223372036854775807n, maxMs: -9223372036854775808n };
  return {
    headStats: {
      numSeries: store.seriesCount,
      numLabelPairs: pairs.size,
      chunkCount: Math.ceil(store.sampleCount / 120),
      minTime: minMs,
      maxTime: maxMs,
    },
    seriesCountByMetricName: top(byName),
    labelValueCountByLabelName: top(Array.from(values, ([name, set]) => [name, set.size])),
    memoryInBytesByLabelName: top(
      Array.from(values, ([name, set]) => [
        name,
        Array.from(set).reduce((sum, value) => sum + value.length, 0),
      ]),
    ),
    seriesCountByLabelValuePair: top(pairs),
  };
}
