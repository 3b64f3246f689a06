import {
  type Derivation,
  type DerivationLine,
  explain,
  type ReconcileResult,
  shownMetric,
} from "../../autoscale/mod.ts";
import type { Cancel, ClockScope } from "../../base/mod.ts";
import {
  type HorizontalPodAutoscaler,
  isReady,
  type KubeObject,
  type Pod,
  workloadOf,
} from "../../kube/mod.ts";
import type { SimContext, StateFile } from "../seams.ts";
import type {
  PastQuestion,
  RecordedDecision,
  RecordedNode,
  RecordedPast,
  RecordedPod,
  RecordedSum,
  SumQuestion,
} from "./recorded.ts";

const DECISIONS = "past/hpa/";
const PODS = "past/pods";
const NODES = "past/nodes";

/** Two hours of syncs of one HPA, one every 15 s; they are saved in blocks, of which only the last one changes. */
const BLOCK = 24;
const BLOCKS = 20;
/** Of how many HPAs; the one that decided longest ago is forgotten. */
const MOST_HPAS = 12;
const MOST_PODS = 400;
const MOST_NODES = 40;
const MOST_TURNS = 8;

/** A decision with its sum, which is put into words when somebody asks, or when it is saved. */
interface Kept extends RecordedDecision {
  derivation?: Derivation;
  lines?: DerivationLine[];
}

/** The syncs of one HPA; block `n` holds those from `n * BLOCK` on, counted from its first. */
interface History {
  key: string;
  blocks: Map<number, Kept[]>;
}

/** Remembers what HPAs decided, and when pods and nodes were there. */
export class PastRecorder {
  readonly #context: SimContext;
  readonly #scope: ClockScope;
  /** By namespace and name, the one that decided last at the end. */
  readonly #histories = new Map<string, History>();
  readonly #pods = new Map<string, RecordedPod>();
  readonly #nodes = new Map<string, RecordedNode>();
  readonly #changed = new Set<string>();
  readonly #gone = new Set<string>();
  readonly #watches: Cancel[];

  constructor(context: SimContext) {
    this.#context = context;
    this.#scope = context.clock.scope("record of the past");
    this.#scope.run(() => this.#load(), () => {});
    const watch = (resource: string, see: (type: string, object: KubeObject) => void) =>
      context.api.watch(resource, ({ type, object }) => see(type, object));
    this.#watches = [
      watch("pods", (type, pod) => this.#seePod(type, pod as Pod)),
      watch("nodes", (type, node) => this.#seeNode(type, node)),
    ];
    // What went while nobody recorded, at the end of a process that was killed, is gone.
    this.#endAway("pods", PODS, this.#pods);
    this.#endAway("nodes", NODES, this.#nodes);
  }

  stop(): void {
    for (const cancel of this.#watches) cancel();
    this.#scope.close();
  }

  save(state: StateFile): void {
    for (const key of this.#gone) state.delete(key);
    this.#gone.clear();
    for (const key of this.#changed) {
      if (key === PODS) state.put(key, JSON.stringify([...this.#pods]));
      else if (key === NODES) state.put(key, JSON.stringify([...this.#nodes]));
      else state.put(key, JSON.stringify(this.#blockAt(key).map(toldIn)));
    }
    this.#changed.clear();
  }

  /** Notes what a sync of an HPA came to; `ready` is how many of its pods were. */
  decided(
    hpa: HorizontalPodAutoscaler,
    { decision, status, events }: ReconcileResult,
    ready: number | undefined,
  ): void {
    const spec = hpa.spec!;
    const kept: Kept = {
      atMs: this.#context.clock.now(),
      ...(decision ? { current: decision.currentReplicas } : {}),
      ...(decision?.ok ? { desired: decision.desiredReplicas } : {}),
      ...(ready === undefined ? {} : { ready }),
      min: spec.minReplicas ?? 1,
      max: spec.maxReplicas,
      metrics: (spec.metrics ?? []).flatMap((metric, at) => {
        const shown = shownMetric(metric, decision?.ok ? status.currentMetrics?.[at] : undefined);
        if (!shown) return [];
        const { name, target, current } = shown;
        return [{ name, target, ...(current === undefined ? {} : { value: current }) }];
      }),
      events: events.map(({ type, reason, message }) => ({ type, reason, message })),
      ...(decision ? { derivation: decision.derivation } : { lines: [] }),
    };
    this.#add(`${hpa.metadata.namespace}/${hpa.metadata.name}`, kept);
  }

  /** What is remembered since a moment, without the sums. */
  past({ namespace, name, fromMs }: PastQuestion): RecordedPast {
    const isLater = ({ goneMs = Infinity }: { goneMs?: number }) => goneMs >= fromMs;
    return {
      decisions: this.#decisionsOf(`${namespace}/${name}`)
        .filter(({ atMs }) => atMs >= fromMs)
        .map(({ derivation: _, lines: __, ...told }) => told),
      pods: [...this.#pods.values()].filter((pod) => pod.namespace === namespace && isLater(pod)),
      nodes: [...this.#nodes.values()].filter(isLater),
    };
  }

  /** The sum of the last sync at or before a moment. */
  sum({ namespace, name, atMs }: SumQuestion): RecordedSum | undefined {
    const found = this.#decisionsOf(`${namespace}/${name}`).findLast((kept) => kept.atMs <= atMs);
    return found && { atMs: found.atMs, lines: linesOf(found) };
  }

  #decisionsOf(key: string): Kept[] {
    return [...this.#histories.get(key)?.blocks.values() ?? []].flat();
  }

  #blockAt(stateKey: string): Kept[] {
    const [, key, number] = /^past\/hpa\/(.*)\/(\d+)$/.exec(stateKey) ?? [];
    return this.#histories.get(key)?.blocks.get(Number(number)) ?? [];
  }

  #add(key: string, kept: Kept): void {
    const history = this.#histories.get(key) ?? { key, blocks: new Map<number, Kept[]>() };
    this.#histories.delete(key);
    this.#histories.set(key, history);
    const last = [...history.blocks.keys()].at(-1) ?? 0;
    const number = (history.blocks.get(last)?.length ?? 0) < BLOCK ? last : last + 1;
    const block = history.blocks.get(number) ?? [];
    history.blocks.set(number, block);
    block.push(kept);
    this.#changed.add(`${DECISIONS}${key}/${number}`);
    const [oldest] = history.blocks.keys();
    if (history.blocks.size > BLOCKS) this.#forget(history, oldest);
    if (this.#histories.size <= MOST_HPAS) return;
    const [first] = this.#histories.values();
    for (const number of [...first.blocks.keys()]) this.#forget(first, number);
    this.#histories.delete(first.key);
  }

  #forget({ key, blocks }: History, number: number): void {
    blocks.delete(number);
    this.#changed.delete(`${DECISIONS}${key}/${number}`);
    this.#gone.add(`${DECISIONS}${key}/${number}`);
  }

  #seePod(type: string, pod: Pod): void {
    const { metadata, spec } = pod;
    const known = this.#pods.get(metadata.uid!);
    const of = workloadOf(pod);
    const seen: RecordedPod = {
      ...known ?? {
        namespace: metadata.namespace!,
        name: metadata.name,
        ...(of === undefined ? {} : { of }),
        createdMs: Date.parse(String(metadata.creationTimestamp)),
        ready: [],
      },
      ...(spec?.nodeName ? { node: spec.nodeName } : {}),
      ...(metadata.deletionTimestamp && known?.endingMs === undefined
        ? { endingMs: this.#context.clock.now() }
        : {}),
    };
    this.#note(PODS, this.#pods, metadata.uid!, this.#turned(seen, type, pod), MOST_PODS);
  }

  #seeNode(type: string, node: KubeObject): void {
    const { name, uid, creationTimestamp } = node.metadata;
    const known = this.#nodes.get(uid!);
    const seen = known ?? { name, createdMs: Date.parse(String(creationTimestamp)), ready: [] };
    this.#note(NODES, this.#nodes, uid!, this.#turned(seen, type, node), MOST_NODES);
  }

  #endAway(resource: string, key: string, all: Map<string, RecordedNode | RecordedPod>): void {
    const there = new Set(this.#context.api.list(resource).map(({ metadata }) => metadata.uid));
    for (const [uid, one] of all) {
      if (one.goneMs === undefined && !there.has(uid)) {
        all.set(uid, { ...one, goneMs: this.#context.clock.now() });
        this.#changed.add(key);
      }
    }
  }

  /** What was seen, with the turn that it took: ready, not ready any more, or gone. */
  #turned<T extends RecordedNode | RecordedPod>(seen: T, type: string, object: KubeObject): T {
    const nowMs = this.#context.clock.now();
    const isGone = type === "DELETED";
    const isNowReady = !isGone && isReady(object as Pod);
    const last = seen.ready.at(-1);
    const wasReady = last !== undefined && last[1] === undefined;
    const ready = isNowReady === wasReady
      ? seen.ready
      : isNowReady
      ? [...seen.ready, [nowMs] as [number]].slice(-MOST_TURNS)
      : seen.ready.with(-1, [last![0], nowMs]);
    return { ...seen, ready, ...(isGone ? { goneMs: nowMs } : {}) };
  }

  /** Keeps what was seen where it says something new; of many, what is gone longest is forgotten first. */
  #note<T extends { goneMs?: number }>(
    key: string,
    all: Map<string, T>,
    uid: string,
    seen: T,
    most: number,
  ): void {
    if (JSON.stringify(all.get(uid)) === JSON.stringify(seen)) return;
    all.set(uid, seen);
    this.#changed.add(key);
    if (all.size <= most) return;
    const forgotten = [...all].find(([, { goneMs }]) => goneMs !== undefined) ?? [...all][0];
    all.delete(forgotten[0]);
  }

  #load(): void {
    const { state } = this.#context;
    const blocks = [...state.entries(DECISIONS)].map(([key, text]) => {
      const [, of, number] = /^(.*)\/(\d+)$/.exec(key.slice(DECISIONS.length))!;
      return { of, number: Number(number), block: JSON.parse(text) as Kept[] };
    }).sort((a, b) => a.number - b.number);
    const lastOf = (block: Kept[]) => block.at(-1)?.atMs ?? 0;
    const histories = Map.groupBy(blocks, ({ of }) => of);
    const byTime = [...histories].sort(([, a], [, b]) =>
      lastOf(a.at(-1)!.block) - lastOf(b.at(-1)!.block)
    );
    for (const [key, of] of byTime) {
      this.#histories.set(key, {
        key,
        blocks: new Map(of.map(({ number, block }) => [number, block])),
      });
    }
    const read = <T>(key: string, into: Map<string, T>) => {
      for (const [uid, one] of JSON.parse(state.get(key) ?? "[]")) into.set(uid, one);
    };
    read(PODS, this.#pods);
    read(NODES, this.#nodes);
  }
}

function linesOf(kept: Kept): DerivationLine[] {
  if (kept.lines === undefined) {
    kept.lines = kept.derivation ? explain(kept.derivation) : [];
    delete kept.derivation;
  }
  return kept.lines;
}

/** A decision as it is saved. */
function toldIn(kept: Kept): RecordedDecision & { lines: DerivationLine[] } {
  const lines = linesOf(kept);
  const { derivation: _, ...told } = kept;
  return { ...told, lines };
}
