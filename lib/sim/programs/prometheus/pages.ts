import { escapeHtml, formatPromDuration, humanDuration } from "../../../go/mod.ts";
import type { Labels } from "../../../promql/mod.ts";
import { tsdbStatus } from "./api_status.ts";
import { configYaml } from "./config_yaml.ts";
import { GO_VERSION, VERSION } from "./flags.ts";
import { type RelabelRule, relabelSteps } from "./relabel.ts";
import type { ScrapePool } from "./scrape_pool.ts";
import type { PrometheusServer } from "./server.ts";

/** So many are in a list of the store's largest. */
const MOST_TOP = 10;

const TITLES: Record<string, string> = {
  "/query": "Query",
  "/alerts": "Alerts",
  "/targets": "Target health",
  "/rules": "Rule health",
  "/service-discovery": "Service discovery",
  "/config": "Configuration",
  "/flags": "Command-line flags",
  "/status": "Runtime & build information",
  "/tsdb-status": "TSDB status",
  "/alertmanager-discovery": "Alertmanager discovery",
};

/** One page of the web interface, whole in itself: nothing is loaded from elsewhere. */
export function page(server: PrometheusServer, path: string, prefix: string): string {
  const links = Object.entries(TITLES).map(([href, title]) =>
    `<a href="${prefix}${href}"${href === path ? ' aria-current="page"' : ""}>${title}</a>`
  ).join("");
  const scripts = path === "/query" ? ["time.js", "query.js"] : ["time.js"];
  return `<!doctype html>
<html lang="en" data-prefix="${escapeHtml(prefix)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${TITLES[path]} · Prometheus</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${prefix}/assets/style.css">
${
    scripts.map((name) => `<script type="module" src="${prefix}/assets/${name}"></script>`).join(
      "\n",
    )
  }
</head>
<body>
<header><strong>Prometheus</strong><nav>${links}</nav><span id="time" role="status" aria-live="off"></span></header>
<main>
${content(server, path)}
</main>
<footer><a href="${prefix}/assets/licences.txt">Licences</a></footer>
</body>
</html>
`;
}

function content(server: PrometheusServer, path: string): string {
  switch (path) {
    case "/alerts":
      return rulesPage(server, "alerting");
    case "/targets":
      return server.scrapes.pools.map((pool) => targetsTable(server, pool)).join("\n") ||
        nothing("No scrape pools are configured.");
    case "/rules":
      return rulesPage(server);
    case "/service-discovery":
      return server.scrapes.pools.map(discoveryTable).join("\n") ||
        nothing("No scrape pools are configured.");
    case "/config":
      return `<pre>${escapeHtml(configYaml(server.config, server.retentionMs))}</pre>`;
    case "/flags":
      return rows(
        ["Flag", "Value"],
        Array.from(server.flags, ([name, values]) => [`--${name}`, values.join(",")]),
      );
    case "/status":
      return statusTable(server);
    case "/tsdb-status":
      return tsdbPage(server);
    case "/alertmanager-discovery":
      return nothing("No Alertmanagers are configured.");
    default:
      return "<noscript><p>The query page needs JavaScript; the HTTP API at /api/v1/ does not.</p></noscript>";
  }
}

function targetsTable(server: PrometheusServer, pool: ScrapePool): string {
  const { loops } = pool;
  const up = loops.filter((loop) => loop.state.health === "up").length;
  const nowMs = server.context.now();
  const body = loops.map(({ target, state }) =>
    `<tr data-row data-state="${state.health}"><td><a href="${escapeHtml(target.url)}">${
      escapeHtml(target.url)
    }</a></td>
<td class="labels">${labelsHtml(target.labels)}</td>
<td class="short">${
      state.lastScrapeMs === 0
        ? "never"
        : `${humanDuration(nowMs - state.lastScrapeMs)} ago, ${
          (state.lastDurationSeconds * 1000).toFixed(0)
        }ms`
    }</td>
<td class="state"><span class="${state.health}">${state.health}</span>${
      state.lastError === "" ? "" : `<div class="error">${escapeHtml(state.lastError)}</div>`
    }</td></tr>`
  ).join("\n");
  return `<section><h2>${
    escapeHtml(pool.config.jobName)
  } <small>${up} / ${loops.length} up</small></h2>
<div class="scroll" tabindex="0"><table><tr><th>Endpoint</th><th>Labels</th><th>Last scrape</th><th>State</th></tr>
${body}</table></div></section>`;
}

function discoveryTable(pool: ScrapePool): string {
  const active = pool.loops.map(({ target }) =>
    discoveryRow(target.discoveredLabels, labelsHtml(target.labels), "active")
  );
  const dropped = pool.dropped.map((labels) =>
    discoveryRow(labels, whyDropped(labels, pool.config.relabelRules), "dropped")
  );
  const all = pool.loops.length + pool.droppedCount;
  return `<section><details><summary><strong>${
    escapeHtml(pool.config.jobName)
  }</strong> <small>${pool.loops.length} / ${all} active targets</small></summary>
<table class="discovery"><tr><th>Discovered labels</th><th>Target labels</th></tr>
${active.join("\n")}
${dropped.join("\n")}</table></details></section>`;
}

/** The step of relabeling that drops a target, with the labels that it looked at. */
function whyDropped(labels: Labels, rules: readonly RelabelRule[]): string {
  const steps = relabelSteps(labels, rules);
  const { rule, output } = steps.at(-1)!;
  const { action, sourceLabels, regexText, targetLabel } = rule;
  const value = (name: string) => `<code>${escapeHtml(`${name}="${output[name] ?? ""}"`)}</code>`;
  const isEqual = action === "keepequal" || action === "dropequal";
  const told = [
    `<code>action: ${action}</code>`,
    `<code>source_labels: ${escapeHtml(`[${sourceLabels.join(", ")}]`)}</code>`,
    isEqual
      ? `<code>target_label: ${escapeHtml(targetLabel)}</code>`
      : `<code>regex: ${escapeHtml(regexText)}</code>`,
  ];
  const looked = [...sourceLabels, ...isEqual ? [targetLabel] : []].map(value);
  return `<span class="down">dropped by relabeling step ${steps.length} of ${rules.length}</span>
<div>${told.join("<br>")}</div><div>it has ${looked.join(" ") || "no label to look at"}</div>`;
}

function discoveryRow(discovered: Labels, target: string, state: string): string {
  return `<tr data-row data-state="${state}"><td>${
    labelsHtml(discovered)
  }</td><td>${target}</td></tr>`;
}

function rulesPage(server: PrometheusServer, kind?: "alerting"): string {
  const sections = server.rules.groups.flatMap((group) => {
    const shown = group.rules.filter(({ rule }) => kind === undefined || rule.kind === kind);
    if (shown.length === 0) return [];
    const body = shown.map(({ rule, state, alerts }) =>
      `<tr data-row data-state="${
        kind === "alerting" ? alertState(alerts) : state.health
      }"><td><strong>${escapeHtml(rule.name)}</strong><pre>${escapeHtml(rule.query)}</pre>${
        rule.forMs > 0 ? `for: ${formatPromDuration(rule.forMs)}` : ""
      }${
        alerts.map((alert) =>
          `<div>${labelsHtml(alert.labels)} <span class="${
            alert.state === "firing" ? "down" : "unknown"
          }">${alert.state}</span> ${alert.value}</div>`
        ).join("")
      }</td><td class="state"><span class="${
        state.health === "ok" ? "up" : "down"
      }">${state.health}</span>${
        state.lastError === "" ? "" : `<div class="error">${escapeHtml(state.lastError)}</div>`
      }</td></tr>`
    ).join("\n");
    return [
      `<section><h2>${escapeHtml(group.spec.name)} <small>${escapeHtml(group.spec.file)}, every ${
        formatPromDuration(group.intervalMs)
      }</small></h2><table>${body}</table></section>`,
    ];
  });
  return sections.join("\n") || nothing("No rules configured.");
}

/** Source: prometheus/prometheus web/ui/mantine-ui/src/pages/TSDBStatusPage.tsx. */
function tsdbPage(server: PrometheusServer): string {
  const { headStats, ...tops } = tsdbStatus(server, MOST_TOP);
  const time = (ms: number | bigint) =>
    typeof ms === "bigint" ? "No datapoints yet" : new Date(ms).toUTCString();
  const head = rows(["", ""], [
    ["Number of Series", String(headStats.numSeries)],
    ["Number of Chunks", String(headStats.chunkCount)],
    ["Number of Label Pairs", String(headStats.numLabelPairs)],
    ["Number of Samples", String(server.store.sampleCount)],
    ["Current Min Time", time(headStats.minTime)],
    ["Current Max Time", time(headStats.maxTime)],
  ]);
  const lists: [title: string, unit: string, list: { name: string; value: number }[]][] = [
    ["Top 10 label names with value count", "Count", tops.labelValueCountByLabelName],
    ["Top 10 series count by metric names", "Count", tops.seriesCountByMetricName],
    ["Top 10 label names with high memory usage", "Bytes", tops.memoryInBytesByLabelName],
    ["Top 10 series count by label value pairs", "Count", tops.seriesCountByLabelValuePair],
  ];
  const section = (title: string, table: string) =>
    `<section><h2>${title}</h2><div class="scroll" tabindex="0">${table}</div></section>`;
  return [
    section("TSDB Head Status", head),
    ...lists.map(([title, unit, list]) =>
      section(
        title,
        rows(["Name", unit], list.map(({ name, value }) => [name, String(value)])),
      )
    ),
  ].join("\n");
}

/** Source: prometheus/prometheus rules/alerting.go (AlertingRule.State). */
function alertState(alerts: readonly { state: string }[]): string {
  if (alerts.some(({ state }) => state === "firing")) return "firing";
  return alerts.length > 0 ? "pending" : "inactive";
}

function statusTable(server: PrometheusServer): string {
  const time = (tMs: number) => new Date(tMs).toUTCString();
  return rows(["", ""], [
    ["Version", VERSION],
    ["Go version", GO_VERSION],
    ["Start time", time(server.context.startedAtMs)],
    ["Server time", time(server.context.now())],
    ["Host", server.context.pod.name],
    ["Configuration reload", server.hasReloaded ? "Successful" : "Unsuccessful"],
    ["Last successful configuration reload", time(server.reloadedAtMs)],
    ["Storage retention", server.shownRetention],
    ["Series", String(server.store.seriesCount)],
  ]);
}

function rows(heads: string[], body: string[][]): string {
  const cells = (tag: string, row: string[]) =>
    `<tr${tag === "td" ? " data-row" : ""}>${
      row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join("")
    }</tr>`;
  const head = heads.some((one) => one !== "") ? cells("th", heads) : "";
  return `<table>${head}\n${body.map((row) => cells("td", row)).join("\n")}</table>`;
}

function nothing(text: string): string {
  return `<p>${escapeHtml(text)}</p>`;
}

function labelsHtml(labels: Labels): string {
  return Object.keys(labels).sort().map((name) =>
    `<code>${escapeHtml(name)}="${escapeHtml(labels[name])}"</code>`
  ).join(" ");
}
