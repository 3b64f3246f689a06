import { quote, type YamlNode } from "../../../go/mod.ts";
import { type Fields, joined, meant } from "./fields.ts";
import type { Measure } from "./measures.ts";
import { type Rate, readWave } from "./rates.ts";
import type { RouteConfig } from "./route_config.ts";
import { namesIn, POD_NAMES, REQUEST_NAMES } from "./texts.ts";

/** One family of metrics, and what moves it. */
export interface MetricConfig {
  name: string;
  type: "counter" | "gauge" | "histogram";
  help: string;
  labels: readonly [name: string, text: string][];
  /** Whether a label tells of a request: its series come with the first. */
  byRequest: boolean;
  /** What a request of each path adds, or is observed as; of a histogram, its duration where it says nothing. */
  on: ReadonlyMap<string, Measure | undefined>;
  /** What a request of each path sets it to. */
  sets: ReadonlyMap<string, Measure>;
  start: number;
  perSecond: number;
  wave: Rate | undefined;
  /** What it is the present number of: requests under way, or the items of a queue. */
  of: string | undefined;
  min: number;
  max: number;
  buckets: readonly number[];
}

const KEYS = {
  counter: ["type", "help", "labels", "on", "start", "perSecond"],
  gauge: ["type", "help", "labels", "on", "sets", "start", "perSecond", "wave", "of", "min", "max"],
  histogram: ["type", "help", "labels", "on", "buckets"],
};
const ALL_KEYS = [...new Set(Object.values(KEYS).flat())];
/** Source: prometheus/client_golang prometheus/histogram.go (DefBuckets). */
const DEFAULT_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Source: prometheus/common model/metric.go, labels.go. */
const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

interface Known {
  routes: readonly RouteConfig[];
  queues: readonly string[];
}

export function readMetrics(
  fields: Fields,
  node: YamlNode | undefined,
  known: Known,
): MetricConfig[] {
  if (!node) return [];
  return fields.entries(node, "metrics", "names").flatMap(([name, value]) =>
    readMetric(fields, { name, node: value, known }) ?? []
  );
}

function readMetric(
  fields: Fields,
  { name, node, known }: { name: string; node: YamlNode; known: Known },
): MetricConfig | undefined {
  const place = joined("metrics", name);
  if (!METRIC_NAME.test(name)) {
    fields.problem(node, place, "a metric's name is of letters, digits, _ and :");
  }
  const of = fields.known(node, place, ALL_KEYS);
  if (!of.has("type")) {
    return fields.problem(node, place, "type is missing: counter, gauge or histogram");
  }
  const type = fields.word(of.get("type"), joined(place, "type"), [
    "counter",
    "gauge",
    "histogram",
  ]);
  if (type === undefined) return undefined;
  for (const [key, value] of of) {
    if (KEYS[type].includes(key)) continue;
    const whose = (["counter", "gauge", "histogram"] as const).filter((one) =>
      KEYS[one].includes(key)
    );
    fields.problem(value, joined(place, key), `a ${type} has none; a ${whose.join(" or ")} has`);
  }
  const amount = (key: string) => fields.amount(of.get(key), joined(place, key), "number");
  const labels = readLabels(fields, of.get("labels"), { place, type, known });
  const perSecond = amount("perSecond") ?? 0;
  if (type === "counter" && perSecond < 0) {
    fields.problem(of.get("perSecond")!, joined(place, "perSecond"), "a counter never falls");
  }
  const byRequest = labels.some(([, text]) =>
    namesIn(text).some((one) => !POD_NAMES.includes(one))
  );
  const movers = ["start", "perSecond", "wave", "of"].filter((key) => of.has(key));
  if (byRequest && movers.length > 0) {
    fields.problem(
      node,
      place,
      `its labels tell of requests, so that ${movers.join(" and ")} would be nobody's`,
    );
  }
  const wave = of.get("wave");
  return {
    name,
    type,
    help: fields.text(of.get("help"), joined(place, "help")) ?? "",
    labels,
    byRequest,
    on: readOn(fields, of.get("on"), { place: joined(place, "on"), known, type, ...movedBy(of) }),
    sets: readSets(fields, of.get("sets"), { place: joined(place, "sets"), known }),
    start: amount("start") ?? 0,
    perSecond,
    wave: wave && readWave(fields, wave, { place: joined(place, "wave"), kind: "number" }),
    of: readOf(fields, of.get("of"), { place: joined(place, "of"), known }),
    min: amount("min") ?? -Infinity,
    max: amount("max") ?? Infinity,
    buckets: readBuckets(fields, of.get("buckets"), joined(place, "buckets")),
  };
}

/** Whether something else than requests moves a metric, so that it does not count them all. */
function movedBy(of: ReadonlyMap<string, YamlNode>): { moves: boolean } {
  return { moves: ["sets", "start", "perSecond", "wave", "of"].some((key) => of.has(key)) };
}

function readLabels(
  fields: Fields,
  node: YamlNode | undefined,
  { place, type, known }: { place: string; type: string; known: Known },
): [string, string][] {
  if (!node) return [];
  const own = known.routes.flatMap(({ path }) => namesIn(path));
  const names = [...POD_NAMES, ...REQUEST_NAMES, ...own];
  return fields.entries(node, joined(place, "labels"), "labels").map(([label, value]) => {
    const at = joined(place, `labels.${label}`);
    if (!LABEL_NAME.test(label)) {
      fields.problem(value, at, "a label's name is of letters, digits and _");
    } else if (type === "histogram" && label === "le") {
      fields.problem(value, at, "le is the histogram's own");
    }
    return [label, fields.named(value, at, names) ?? ""];
  });
}

/** A path, a list of paths, or what each path counts for; every path where nothing is said. */
function readOn(
  fields: Fields,
  node: YamlNode | undefined,
  { place, known, type, moves }: {
    place: string;
    known: Known;
    type: MetricConfig["type"];
    moves: boolean;
  },
): Map<string, Measure | undefined> {
  const one: Measure | undefined = type === "histogram" ? undefined : () => 1;
  if (!node) {
    const counted = type === "gauge" || moves ? [] : known.routes;
    return new Map(counted.map(({ path }) => [path, one]));
  }
  if (node.kind === "map") return readSets(fields, node, { place, known });
  const paths = node.kind === "list" ? node.items : [node];
  return new Map(paths.map((item) => {
    const path = fields.text(item, place) ?? "";
    routeAt(fields, item, { place, path, known });
    return [path, one];
  }));
}

function readSets(
  fields: Fields,
  node: YamlNode | undefined,
  { place, known }: { place: string; known: Known },
): Map<string, Measure> {
  if (!node) return new Map();
  return new Map(
    fields.entries(node, place, "paths").map(([path, value]) => {
      const route = routeAt(fields, value, { place, path, known });
      const names = [...POD_NAMES, ...REQUEST_NAMES, ...namesIn(route?.path ?? "")];
      return [path, fields.measure(value, joined(place, path), "number", names) ?? (() => 0)];
    }),
  );
}

function routeAt(
  fields: Fields,
  node: YamlNode,
  { place, path, known }: { place: string; path: string; known: Known },
): RouteConfig | undefined {
  const route = known.routes.find((one) => one.path === path);
  if (route) return route;
  const paths = known.routes.map((one) => one.path);
  return fields.problem(
    node,
    place,
    `no path ${quote(path)} stands under routes${meant(path, paths)}`,
  );
}

function readOf(
  fields: Fields,
  node: YamlNode | undefined,
  { place, known }: { place: string; known: Known },
): string | undefined {
  const words = ["requests", ...known.queues.map((name) => `queues/${name}`)];
  return fields.word(node, place, words);
}

function readBuckets(fields: Fields, node: YamlNode | undefined, place: string): readonly number[] {
  if (!node) return DEFAULT_BUCKETS;
  const bounds = fields.list(node, place, "numbers").map((item) =>
    fields.amount(item, place, "number") ?? 0
  );
  if (bounds.some((bound, i) => i > 0 && bound <= bounds[i - 1])) {
    fields.problem(node, place, "each number must be above the one before");
  }
  return bounds;
}
