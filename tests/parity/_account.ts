import {
  discover,
  type Event,
  groupResource,
  type KubeClient,
  type KubeObject,
} from "../../lib/kube/mod.ts";
import { plain, plainValue, sumOf } from "./_plain.ts";

/** What one step came to, on one cluster; everything in it is {@linkcode plain}. */
export interface StepAccount {
  id: string;
  /** Whether it was as its lesson expects. */
  ok: boolean;
  /** What its lesson found wrong. */
  wrong?: string[];
  lines: { line: string; exitCode: number; printed: string }[];
  /** What became of objects in it, by resource and name; null for one that went. */
  objects: Record<string, unknown>;
  /** What was told of objects in it, in order. */
  events: Record<string, string[]>;
}

export interface ScriptAccount {
  id: string;
  steps: StepAccount[];
}

/** What a cluster said of what was played on it. */
export interface Account {
  /** Its version, how many nodes it has, and the day. */
  kubernetes: string;
  nodes: number;
  date: string;
  scripts: ScriptAccount[];
}

/** Kinds that a cluster writes again and again by itself, or that are only looked through. */
const OF_ITSELF = new Set([
  "events",
  "events.events.k8s.io",
  "leases.coordination.k8s.io",
  "endpoints",
  "endpointslices.discovery.k8s.io",
  "nodes",
  "componentstatuses",
  "controllerrevisions.apps",
  "nodes.metrics.k8s.io",
  "pods.metrics.k8s.io",
  "ipaddresses.networking.k8s.io",
]);

/** How often what is there is looked at until it stays as it is, and how long between, in wall milliseconds. */
const LOOKS = 15;
const LOOK_EVERY_MS = 700;

/** Tells what changes on a cluster, step after step. */
export class Chronicle {
  readonly #client: KubeClient;
  readonly #settles: boolean;
  #base = new Map<string, unknown>();
  #last = new Map<string, unknown>();
  #told = new Set<string>();

  /** `settles`: whether its controllers go on after a line was answered. */
  constructor(client: KubeClient, { settles }: { settles: boolean }) {
    this.#client = client;
    this.#settles = settles;
  }

  /** Takes what is there for what was there before. */
  async begin(): Promise<void> {
    this.#base = await this.#objects();
    this.#last = this.#base;
    for (const event of await this.#events()) this.#told.add(event.metadata.uid!);
  }

  /** What changed since the last step. */
  async step(): Promise<Pick<StepAccount, "objects" | "events">> {
    const now = await this.#settled();
    const objects: Record<string, unknown> = {};
    for (const key of [...new Set([...now.keys(), ...this.#last.keys()])].sort()) {
      const [before, after] = [this.#last, now].map((at) => at.get(key) ?? this.#ofBase(key, at));
      if (JSON.stringify(before) !== JSON.stringify(after)) objects[key] = after ?? null;
    }
    this.#last = now;
    const events: Record<string, string[]> = {};
    for (const event of await this.#events()) {
      if (this.#told.has(event.metadata.uid!)) continue;
      this.#told.add(event.metadata.uid!);
      const said = (events[aboutOf(event)] ??= []);
      const text = textOf(event);
      if (said.at(-1) !== text) said.push(text);
    }
    return { objects, events: Object.fromEntries(Object.entries(events).sort()) };
  }

  /** Where there is no cluster, nothing is said of what comes with one. */
  #ofBase(key: string, at: Map<string, unknown>): unknown {
    return at.size === 0 ? this.#base.get(key) : undefined;
  }

  async #settled(): Promise<Map<string, unknown>> {
    let last = await this.#objects();
    for (let look = 0; this.#settles && look < LOOKS; look++) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      const now = await this.#objects();
      if (JSON.stringify([...now]) === JSON.stringify([...last])) return now;
      last = now;
    }
    return last;
  }

  async #objects(): Promise<Map<string, unknown>> {
    const found = new Map<string, unknown>();
    const discovered = await discover(this.#client).catch(() => undefined);
    const seen = new Set<string>();
    for (const resource of discovered?.resources ?? []) {
      const name = groupResource(resource);
      if (seen.has(name) || OF_ITSELF.has(name) || !resource.verbs.includes("list")) continue;
      seen.add(name);
      const { items } = await this.#client.list<KubeObject>(resource).catch(() => ({ items: [] }));
      const named = items.map((object) =>
        [keyOf(name, object), plainObject(name, object)] as const
      );
      for (const [key, object] of named.toSorted(byText)) {
        let free = key;
        for (let i = 2; found.has(free); i++) free = `${key} (${i})`;
        found.set(free, object);
      }
    }
    return found;
  }

  async #events(): Promise<KubeObject[]> {
    const { items } = await this.#client.list<Event>("v1/events").catch(() => ({ items: [] }));
    const when = (event: Event) =>
      String(event.eventTime ?? event.firstTimestamp ?? event.metadata.creationTimestamp ?? "");
    const order = (event: KubeObject) => Number(event.metadata.resourceVersion);
    return items.toSorted((a, b) =>
      Date.parse(when(a)) - Date.parse(when(b)) || order(a) - order(b)
    );
  }
}

function byText(a: readonly unknown[], b: readonly unknown[]): number {
  const [x, y] = [JSON.stringify(a), JSON.stringify(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

function keyOf(resource: string, { metadata: { namespace, name } }: KubeObject): string {
  return plain(`${resource} ${namespace === undefined ? "" : `${namespace}/`}${name}`);
}

/** What somebody wants of an object: neither who wrote it when, nor how it is. */
function plainObject(
  resource: string,
  { metadata, status: _, apiVersion: __, kind: ___, ...rest }: KubeObject,
): unknown {
  const { labels = {}, annotations = {}, finalizers, ownerReferences } = metadata;
  const { "hpa-tutor/lab": ____, ...ownLabels } = labels;
  const object: Record<string, any> = {
    ...rest,
    labels: ownLabels,
    annotations,
    finalizers,
    owners: ownerReferences?.map(({ kind, name }) => `${kind} ${name}`),
  };
  if (resource === "secrets") object.data = Object.keys(object.data ?? {}).sort();
  if (resource.startsWith("customresourcedefinitions.")) {
    for (const version of object.spec.versions) {
      version.schema = sumOf(JSON.stringify(plainValue(version.schema)));
    }
  }
  return plainValue(JSON.parse(JSON.stringify(object)));
}

function aboutOf({ involvedObject: { kind, name } }: any): string {
  return plain(`${kind} ${name}`);
}

function textOf({ type, reason, message, source, reportingComponent }: any): string {
  return plain(`${type} ${reason} ${source?.component || reportingComponent}: ${message}`);
}
