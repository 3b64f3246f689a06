import type { YamlNode } from "../../../go/mod.ts";
import { type Fields, joined } from "./fields.ts";
import type { Measure } from "./measures.ts";
import { checkQueue } from "./queue_config.ts";
import { POD_NAMES, REQUEST_NAMES } from "./texts.ts";

/** What is done for the requests of a path. */
export interface RouteConfig {
  /** With `$name` for a part, and a `*` at its end for whatever follows. */
  path: string;
  /** What labels call it. */
  name: string;
  /** What the app itself tells there, in the place of a text. */
  serves: "text" | "metrics" | "health";
  status: Measure;
  type: string;
  headers: readonly [string, string][];
  body: string;
  latency: Measure | undefined;
  cpu: Measure | undefined;
  memory: Measure | undefined;
  leaks: Measure | undefined;
  fails: Measure | undefined;
  /** How many items go into which queue. */
  puts: readonly [queue: string, count: Measure][];
  /** The status with which the process ends after it. */
  exits: number | undefined;
}

const ROUTE_KEYS = [
  "name",
  "serves",
  "status",
  "type",
  "headers",
  "body",
  "latency",
  "cpu",
  "memory",
  "leaks",
  "fails",
  "puts",
  "exits",
];

export function readRoutes(
  fields: Fields,
  node: YamlNode | undefined,
  queues: readonly string[],
): RouteConfig[] {
  if (!node) return [];
  return fields.entries(node, "routes", "paths").map(([path, value]) =>
    readRoute(fields, { path, node: value, queues })
  );
}

/** The parts of a path, `$name` for those that stand for any. */
export function partsOf(path: string): string[] {
  return path.split("/").slice(1);
}

function readRoute(
  fields: Fields,
  { path, node, queues }: { path: string; node: YamlNode; queues: readonly string[] },
): RouteConfig {
  const place = joined("routes", path);
  const parts = partsOf(path);
  if (!path.startsWith("/")) fields.problem(node, place, "a path begins with /");
  if (parts.slice(0, -1).includes("*")) fields.problem(node, place, "a * stands at the end alone");
  const own = parts.flatMap((part) => /^\$([a-z_][a-z0-9_]*)$/.exec(part)?.[1] ?? []);
  const names = [...own, ...POD_NAMES, ...REQUEST_NAMES.filter((name) => name !== "code")];
  const isText = node.kind === "scalar" && node.value !== null;
  const of = isText ? new Map([["body", node]]) : fields.known(node, place, ROUTE_KEYS);
  const amount = (key: string, kind: Parameters<Fields["measure"]>[2]) =>
    fields.measure(of.get(key), joined(place, key), kind, names);
  const text = (key: string) => fields.named(of.get(key), joined(place, key), names);
  const headers = of.get("headers");
  return {
    path,
    name: fields.text(of.get("name"), joined(place, "name")) ?? path,
    serves: fields.word(of.get("serves"), joined(place, "serves"), ["metrics", "health"]) ?? "text",
    status: amount("status", "status") ?? (() => 200),
    type: text("type") ?? "text/plain; charset=utf-8",
    headers: !headers ? [] : fields.entries(headers, joined(place, "headers"), "headers")
      .map(([name, value]) => [
        name.toLowerCase(),
        fields.named(value, joined(place, `headers.${name}`), names) ?? "",
      ]),
    body: text("body") ?? "",
    latency: amount("latency", "duration"),
    cpu: amount("cpu", "duration"),
    memory: amount("memory", "memory"),
    leaks: amount("leaks", "memory"),
    fails: amount("fails", "chance"),
    puts: readPuts(fields, of.get("puts"), { place: joined(place, "puts"), names, queues }),
    exits: fields.amount(of.get("exits"), joined(place, "exits"), "count"),
  };
}

function readPuts(
  fields: Fields,
  node: YamlNode | undefined,
  { place, names, queues }: {
    place: string;
    names: readonly string[];
    queues: readonly string[];
  },
): [string, Measure][] {
  if (!node) return [];
  if (node.kind === "scalar") {
    checkQueue(fields, node, { place, name: node.text, queues });
    return [[node.text, () => 1]];
  }
  return fields.entries(node, place, "queues").map(([name, value]) => {
    checkQueue(fields, value, { place, name, queues });
    return [name, fields.measure(value, joined(place, name), "count", names) ?? (() => 0)];
  });
}
