import { quote, type YamlNode } from "../../../go/mod.ts";
import { type Fields, joined, meant } from "./fields.ts";
import type { Measure } from "./measures.ts";
import { type Rate, readRate } from "./rates.ts";

/** A queue that this app keeps. */
export interface QueueConfig {
  name: string;
  length: number;
  /** Its items a second come by themselves, as much or between two, over a period. */
  arrives: Rate | undefined;
  max: number;
}

/** Those in this pod who work on what a queue holds. */
export interface WorkerConfig {
  /** A queue of this app, or the URL of another's. */
  queue: string;
  count: number;
  takes: Measure;
  cpu: Measure | undefined;
}

const MAX_WORKERS = 100;
/** As short as one item of work may be. */
const MIN_TAKES_MS = 10;

/** Whether a queue is another app's: its URL stands in the place of a name. */
export function isRemote(queue: string): boolean {
  return /^https?:\/\//.test(queue);
}

/** Whether a queue is there to be put into or taken from. */
export function checkQueue(
  fields: Fields,
  node: YamlNode,
  { place, name, queues }: { place: string; name: string; queues: readonly string[] },
): void {
  if (queues.includes(name)) return;
  if (isRemote(name)) {
    if (!URL.parse(name)) fields.problem(node, place, `${quote(name)} is no URL`);
    return;
  }
  fields.problem(
    node,
    place,
    `no queue ${quote(name)} stands under queues${meant(name, queues)}; another app's is named ` +
      "by its URL, as in http://broker/queues/jobs",
  );
}

export function readQueues(fields: Fields, node: YamlNode | undefined): QueueConfig[] {
  if (!node) return [];
  return fields.entries(node, "queues", "names").map(([name, value]) => {
    const place = joined("queues", name);
    if (!/^[a-zA-Z0-9._-]+$/.test(name)) {
      fields.problem(value, place, "a queue's name is of letters, digits, dots, _ and -");
    }
    const of = fields.known(value, place, ["length", "arrives", "max"]);
    return {
      name,
      length: fields.amount(of.get("length"), joined(place, "length"), "count") ?? 0,
      arrives: readRate(fields, of.get("arrives"), joined(place, "arrives")),
      max: fields.amount(of.get("max"), joined(place, "max"), "count") ?? 1e9,
    };
  });
}

export function readWorkers(
  fields: Fields,
  node: YamlNode | undefined,
  queues: readonly string[],
): WorkerConfig[] {
  if (!node) return [];
  const seen = new Set<string>();
  return fields.list(node, "workers", "workers").map((item, i) => {
    const place = `workers[${i}]`;
    const of = fields.known(item, place, ["queue", "count", "takes", "cpu"]);
    const queue = fields.text(of.get("queue"), joined(place, "queue"));
    if (queue === undefined) fields.problem(item, place, "queue is missing");
    else {checkQueue(fields, of.get("queue")!, {
        place: joined(place, "queue"),
        name: queue,
        queues,
      });}
    if (queue !== undefined && seen.has(queue)) {
      fields.problem(item, place, `${quote(queue)} has workers already: give those a higher count`);
    }
    seen.add(queue ?? "");
    const count = fields.amount(of.get("count"), joined(place, "count"), "count") ?? 1;
    if (count > MAX_WORKERS) {
      fields.problem(of.get("count")!, joined(place, "count"), `at most ${MAX_WORKERS} in a pod`);
    }
    const takes = fields.measure(of.get("takes"), joined(place, "takes"), "duration", []);
    return {
      queue: queue ?? "",
      count,
      takes: (names, random) => Math.max(MIN_TAKES_MS, takes?.(names, random) ?? 1000),
      cpu: fields.measure(of.get("cpu"), joined(place, "cpu"), "duration", []),
    };
  });
}
