import type { SeriesRef } from "../../../promql/mod.ts";
import { ApiError } from "../../../kube/mod.ts";
import type { PrometheusConfig } from "./config.ts";
import { KubernetesObjects } from "./kubernetes_sd.ts";
import type { ScrapeHost, ScrapeLoop, TargetState } from "./scrape_loop.ts";
import { type Ending, ScrapePool } from "./scrape_pool.ts";

/** How often changes that discovery saw reach the scrape pools. */
const SYNC_INTERVAL_MS = 5000;

/** How long until a watch that the API refused is tried again. */
const RETRY_MS = 30_000;

/** State of the scrapes over a resume. */
export interface ScrapeSnapshot {
  /** By pool and target key. */
  targets: [pool: string, key: string, state: TargetState][];
  /** Series that are yet to go stale. */
  endings: { atMs: number; series: Readonly<Record<string, string>>[] }[];
}

/**
 * All scrape pools of a configuration, kept in step with the cluster's objects.
 * Source: prometheus/prometheus scrape/manager.go, discovery/manager.go.
 */
export class ScrapeManager {
  readonly objects: KubernetesObjects;
  readonly #host: ScrapeHost;
  readonly #onWatchError: (resource: string, error: ApiError) => void;
  #pools = new Map<string, ScrapePool>();
  #isDirty = false;
  #isReady = false;
  #endings: Ending[] = [];
  syncs = 0;

  constructor(
    host: ScrapeHost,
    onWatchError: (resource: string, error: ApiError) => void,
  ) {
    this.#host = host;
    this.#onWatchError = onWatchError;
    this.objects = new KubernetesObjects(host.context.kube, () => this.#changed());
  }

  get pools(): ScrapePool[] {
    return Array.from(this.#pools.values());
  }

  pool(name: string): ScrapePool | undefined {
    return this.#pools.get(name);
  }

  get loops(): ScrapeLoop[] {
    return this.pools.flatMap((pool) => pool.loops);
  }

  /** Takes a configuration; pools whose section did not change go on undisturbed. */
  apply(config: PrometheusConfig, resumed?: ScrapeSnapshot): void {
    const before = this.#pools;
    this.#pools = new Map();
    const changed: [ScrapePool | undefined, ScrapePool][] = [];
    for (const section of config.scrapeConfigs) {
      const old = before.get(section.jobName);
      before.delete(section.jobName);
      if (old && JSON.stringify(old.config) === JSON.stringify(section)) {
        this.#pools.set(section.jobName, old);
        continue;
      }
      const pool = new ScrapePool(this.#host, section, this.objects);
      this.#pools.set(section.jobName, pool);
      changed.push([old, pool]);
    }
    this.#isReady = false;
    this.#watch();
    this.#isReady = true;
    for (const old of before.values()) this.#end(old.stop());
    for (const [old, pool] of changed) {
      if (old) this.#end(old.stop(pool));
      else if (resumed) this.#resume(pool, resumed);
    }
    if (resumed) this.#resumeEndings(resumed);
    else if (changed.length > 0) this.#changed();
  }

  snapshot(): ScrapeSnapshot {
    return {
      targets: this.pools.flatMap((pool) =>
        pool.loops.map((loop): [string, string, TargetState] => [
          pool.config.jobName,
          loop.target.key,
          loop.state,
        ])
      ),
      endings: this.#endings.map(({ atMs, series }) => ({
        atMs,
        series: series.map((one) => one.labels),
      })),
    };
  }

  #watch(): void {
    const needed = new Set(this.pools.flatMap((pool) => pool.resources));
    this.objects.keepOnly(needed);
    for (const resource of needed) {
      try {
        this.objects.need(resource);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        this.#onWatchError(resource, error);
        this.#host.context.after(RETRY_MS, () => this.#watch());
      }
    }
  }

  #changed(): void {
    if (this.#isDirty || !this.#isReady) return;
    this.#isDirty = true;
    const { context } = this.#host;
    const since = (context.now() - context.startedAtMs) % SYNC_INTERVAL_MS;
    context.after(SYNC_INTERVAL_MS - since, () => this.#sync());
  }

  #sync(): void {
    this.#isDirty = false;
    this.syncs++;
    for (const pool of this.pools) this.#end(pool.sync());
  }

  #resume(pool: ScrapePool, resumed: ScrapeSnapshot): void {
    const states = new Map(
      resumed.targets.filter(([name]) => name === pool.config.jobName)
        .map(([, key, state]) => [key, state]),
    );
    this.#end(pool.sync(states));
  }

  #resumeEndings(resumed: ScrapeSnapshot): void {
    this.#end(resumed.endings.map(({ atMs, series }) => ({
      atMs,
      series: series.map((labels) => this.#host.store.series(labels)),
    })));
  }

  /** Marks series stale when their time comes, unless something has written to them since. */
  #end(endings: Ending[]): void {
    const { context } = this.#host;
    for (const ending of endings) {
      if (ending.series.length === 0) continue;
      this.#endings.push(ending);
      const lastMs = new Map<SeriesRef, number>(ending.series.map((one) => [one, one.lastMs]));
      context.after(Math.max(0, ending.atMs - context.now()), () => {
        this.#endings.splice(this.#endings.indexOf(ending), 1);
        for (const one of ending.series) {
          if (one.lastMs === lastMs.get(one)) this.#host.store.appendStale(one, context.now());
        }
      });
    }
  }
}
