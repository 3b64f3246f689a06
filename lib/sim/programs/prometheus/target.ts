import { fnv32a } from "../../../base/mod.ts";
import { DurationSyntaxError, parsePromDuration, quote } from "../../../go/mod.ts";
import { labelsKey } from "../../../promql/mod.ts";
import type { ScrapeConfig } from "./config.ts";
import { shownDuration } from "./config_units.ts";
import type { TargetGroup } from "./kubernetes_sd.ts";
import { relabel, RelabelError } from "./relabel.ts";

type LabelSet = Record<string, string>;

/** A target before its first scrape; labels as `/api/v1/targets` shows them. */
export interface TargetIdentity {
  /** Tells targets of a pool apart. */
  key: string;
  /** Labels before relabeling. */
  discoveredLabels: Readonly<LabelSet>;
  /** Labels its samples get. */
  labels: Readonly<LabelSet>;
  url: string;
  intervalMs: number;
  timeoutMs: number;
}

/** What became of a discovered address. */
export type Populated =
  | { kind: "active"; target: TargetIdentity }
  | { kind: "dropped"; discoveredLabels: Readonly<LabelSet> }
  | { kind: "failed"; error: string };

/**
 * Labels of a target of a group before relabeling, with those its job gives.
 * Source: prometheus/prometheus scrape/target.go (PopulateDiscoveredLabels).
 */
export function discoveredLabels(
  config: ScrapeConfig,
  group: TargetGroup,
  target: Readonly<LabelSet>,
): LabelSet {
  const labels: LabelSet = { ...group.labels, ...target };
  const set = (name: string, value: string) => {
    if (!labels[name]) labels[name] = value;
  };
  set("job", config.jobName);
  set("__scrape_interval__", shownDuration(config.scrapeIntervalMs));
  set("__scrape_timeout__", shownDuration(config.scrapeTimeoutMs));
  set("__metrics_path__", config.metricsPath);
  set("__scheme__", config.scheme);
  set("__convert_classic_histograms_to_nhcb__", "false");
  set("__always_scrape_classic_histograms__", "false");
  set("__scrape_native_histograms__", "false");
  for (const [name, values] of Object.entries(config.params)) {
    if (values.length > 0) set(`__param_${name}`, values[0]);
  }
  for (const name in labels) if (labels[name] === "") delete labels[name];
  return labels;
}

/**
 * Relabels a discovered address into a target.
 * Source: prometheus/prometheus scrape/target.go (PopulateLabels).
 */
export function populate(
  config: ScrapeConfig,
  discovered: Readonly<LabelSet>,
): Populated {
  const labels: LabelSet = { ...discovered };
  const failed = (error: string): Populated => ({ kind: "failed", error });
  try {
    if (!relabel(labels, config.relabelRules)) {
      return { kind: "dropped", discoveredLabels: discovered };
    }
  } catch (error) {
    if (!(error instanceof RelabelError)) throw error;
    return failed(error.message);
  }
  const address = labels.__address__ ?? "";
  if (address === "") return failed("no address");
  if (address.includes("/")) return failed(`${quote(address)} is not a valid hostname`);
  const read = (what: string, text: string): number | string => {
    try {
      return parsePromDuration(text) || `scrape ${what} cannot be 0`;
    } catch (error) {
      if (!(error instanceof DurationSyntaxError)) throw error;
      return `error parsing scrape ${what}: ${error.message}`;
    }
  };
  const intervalMs = read("interval", labels.__scrape_interval__ ?? "");
  if (typeof intervalMs === "string") return failed(intervalMs);
  const timeoutMs = read("timeout", labels.__scrape_timeout__ ?? "");
  if (typeof timeoutMs === "string") return failed(timeoutMs);
  if (timeoutMs > intervalMs) {
    return failed(
      `scrape timeout cannot be greater than scrape interval (${
        quote(labels.__scrape_timeout__)
      } > ${quote(labels.__scrape_interval__)})`,
    );
  }
  labels.instance ??= address;
  const url = urlOf(config, labels);
  const shown: LabelSet = {};
  for (const name in labels) if (!name.startsWith("__")) shown[name] = labels[name];
  return {
    kind: "active",
    target: {
      key: `${labelsKey(shown)}${url}`,
      discoveredLabels: discovered,
      labels: shown,
      url,
      intervalMs,
      timeoutMs,
    },
  };
}

function urlOf(config: ScrapeConfig, labels: Readonly<LabelSet>): string {
  const params = new URLSearchParams();
  for (const [name, values] of Object.entries(config.params)) {
    values.forEach((value, index) =>
      params.append(name, index === 0 ? labels[`__param_${name}`] ?? value : value)
    );
  }
  for (const name in labels) {
    if (!name.startsWith("__param_")) continue;
    const bare = name.slice("__param_".length);
    if (!params.has(bare)) params.append(bare, labels[name]);
  }
  params.sort();
  const query = params.toString();
  const path = labels.__metrics_path__ ?? "/metrics";
  return `${labels.__scheme__}://${labels.__address__}${path.startsWith("/") ? "" : "/"}${path}${
    query ? `${path.includes("?") ? "&" : "?"}${query}` : ""
  }`;
}

/**
 * When in its interval a target is scraped, in ms: fixed by what the target is, so that scrapes are
 * spread out and a restarted server keeps the times.
 * Source: prometheus/prometheus scrape/target.go (offset).
 * Differs: another hash function.
 */
export function scrapeOffsetMs(target: TargetIdentity, seed: string): number {
  return fnv32a(`${seed}\xff${target.key}`) % target.intervalMs;
}
