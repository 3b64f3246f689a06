import { labelsKey, type SeriesRef } from "../../../promql/mod.ts";
import type { ScrapeConfig } from "./config.ts";
import { KubernetesDiscovery, type KubernetesObjects, type TargetGroup } from "./kubernetes_sd.ts";
import { type ScrapeHost, ScrapeLoop, type TargetState } from "./scrape_loop.ts";
import { discoveredLabels, populate, type Populated } from "./target.ts";

/** The most targets of a pool, whatever its limit. */
const MOST_TARGETS = 10_000;

/** Series that go stale at a time to come. */
export interface Ending {
  atMs: number;
  series: SeriesRef[];
}

/** An address that was discovered. */
interface Found {
  /** Of its labels before relabeling. */
  key: string;
  one: Populated;
}

/**
 * The targets of one scrape configuration, kept in step with what is discovered.
 * Source: prometheus/prometheus scrape/scrape.go (scrapePool).
 * Differs: no more than 10,000 targets, with or without a target_limit.
 */
export class ScrapePool {
  readonly config: ScrapeConfig;
  readonly #host: ScrapeHost;
  readonly #discoveries: KubernetesDiscovery[];
  readonly #static: TargetGroup[];
  #loops = new Map<string, ScrapeLoop>();
  #dropped: Readonly<Record<string, string>>[] = [];
  /** What became of each address, by its labels. */
  #populated = new Map<string, Populated>();
  /** The same by the group that it is of: one that did not change is not looked at again. */
  #byGroup = new WeakMap<TargetGroup, readonly Found[]>();
  /** Why no target of the pool is scraped, when there are more than its limit. */
  limitError: string | undefined;

  constructor(host: ScrapeHost, config: ScrapeConfig, objects: KubernetesObjects) {
    this.#host = host;
    this.config = config;
    this.#discoveries = config.kubernetesSdConfigs
      .map((one) => new KubernetesDiscovery(one, objects));
    this.#static = config.staticConfigs.map(({ targets, labels }, index) => ({
      source: String(index),
      labels,
      targets: targets.map((address) => ({ __address__: address })),
    }));
  }

  /** Kubernetes resources its discovery watches. */
  get resources(): string[] {
    return this.#discoveries.flatMap((discovery) => discovery.resources);
  }

  /** Running loops, in the order their targets were discovered. */
  get loops(): ScrapeLoop[] {
    return Array.from(this.#loops.values());
  }

  /** Discovered labels of what relabeling dropped, as many as are kept. */
  get dropped(): Readonly<Record<string, string>>[] {
    const keep = this.config.keepDroppedTargets;
    return keep > 0 ? this.#dropped.slice(0, keep) : this.#dropped;
  }

  get droppedCount(): number {
    return this.#dropped.length;
  }

  /**
   * Starts loops of new targets and ends those of targets that are gone.
   * `resumed` has the state of loops that ran before a resume, by target key.
   */
  sync(resumed?: ReadonlyMap<string, TargetState>): Ending[] {
    const next = new Map<string, ScrapeLoop>();
    const found = new Set<string>();
    const populated = new Map<string, Populated>();
    this.#dropped = [];
    for (const { key, one } of this.#found()) {
      populated.set(key, one);
      if (one.kind === "dropped") this.#dropped.push(one.discoveredLabels);
      if (one.kind !== "active" || next.has(one.target.key)) continue;
      const { target } = one;
      found.add(target.key);
      if (next.size >= MOST_TARGETS) continue;
      const running = this.#loops.get(target.key);
      if (running && running.target.intervalMs === target.intervalMs) {
        running.target = target;
        next.set(target.key, running);
        continue;
      }
      running?.handOver();
      this.#loops.delete(target.key);
      const state = running?.state ?? resumed?.get(target.key);
      next.set(target.key, new ScrapeLoop(this.#host, this.config, target, state));
    }
    const endings: Ending[] = [];
    for (const [key, loop] of this.#loops) if (!next.has(key)) endings.push(loop.stop());
    this.#loops = next;
    this.#populated = populated;
    const limit = Math.min(this.config.targetLimit || MOST_TARGETS, MOST_TARGETS);
    this.limitError = found.size > limit
      ? `target_limit exceeded (number of targets: ${found.size}, limit: ${limit})`
      : undefined;
    return endings;
  }

  /** Ends every loop. With a successor its loops go on with the same targets' state. */
  stop(successor?: ScrapePool): Ending[] {
    const loops = this.loops;
    this.#loops = new Map();
    if (!successor) return loops.map((loop) => loop.stop());
    const states = new Map(loops.map((loop) => [loop.target.key, loop.state]));
    loops.forEach((loop) => loop.handOver());
    const endings = successor.sync(states);
    const kept = new Set(successor.loops.map((loop) => loop.target.key));
    for (const loop of loops) if (!kept.has(loop.target.key)) endings.push(loop.stop());
    return endings;
  }

  #found(): Found[] {
    const groups = [
      ...this.#static,
      ...this.#discoveries.flatMap((discovery) => discovery.groups()),
    ];
    return groups.flatMap((group) => {
      let found = this.#byGroup.get(group);
      if (!found) this.#byGroup.set(group, found = this.#inGroup(group));
      return found;
    });
  }

  #inGroup(group: TargetGroup): Found[] {
    return group.targets.map((target) => {
      const discovered = discoveredLabels(this.config, group, target);
      const key = labelsKey(discovered);
      return { key, one: this.#populated.get(key) ?? populate(this.config, discovered) };
    });
  }
}
