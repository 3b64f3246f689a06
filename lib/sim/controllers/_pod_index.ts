import type { Cancel } from "../../base/mod.ts";
import type { Pod } from "../../kube/mod.ts";
import type { SimApi, SimContext } from "../seams.ts";
import { controllerOf } from "./_objects.ts";

type Group = Map<string, Pod>;

/**
 * Pods by what controllers ask for: their owner, their node, or that they have none. What an answer costs
 * grows with the answer, not with the cluster. Answers are in order of namespace and name, so that a
 * resumed cluster goes on as the killed one would have.
 * Source: kubernetes/client-go tools/cache/index.go; pkg/controller/controller_utils.go (AddPodControllerIndexer).
 */
export class PodIndex {
  readonly #byOwner = new Map<string, Group>();
  readonly #orphans = new Map<string, Group>();
  readonly #byNode = new Map<string, Group>();
  /** Pods on no node yet: those with a node nominated, and those with affinity to others. */
  readonly #nominated: Group = new Map();
  readonly #affine: Group = new Map();
  readonly #changed: ((node: string) => void)[] = [];
  /** Stops following the pods. */
  readonly stop: Cancel;

  constructor(api: SimApi) {
    this.stop = api.watch<Pod>("pods", ({ type, object, previous }) => {
      const key = `${object.metadata.namespace}/${object.metadata.name}`;
      const before = previous ?? (type === "DELETED" ? object : undefined);
      if (before) this.#forEach(before, (groups, of) => take(groups, of, key));
      if (type !== "DELETED") this.#forEach(object, (groups, of) => add(groups, of, [key, object]));
      const waits = type !== "DELETED" && !object.spec?.nodeName;
      set(this.#nominated, key, object, waits && "nominatedNodeName" in (object.status ?? {}));
      set(this.#affine, key, object, waits && object.spec?.affinity?.podAffinity !== undefined);
      const nodes = new Set([before?.spec?.nodeName, object.spec?.nodeName]);
      for (const node of nodes) for (const tell of this.#changed) tell(node ?? "");
    });
  }

  /** The pods that an object controls, by its uid. */
  ownedBy(uid: string): Pod[] {
    return sorted(this.#byOwner.get(uid));
  }

  /** The pods of a namespace that nothing controls. */
  orphansIn(namespace: string): Pod[] {
    return sorted(this.#orphans.get(namespace));
  }

  /** The pods assigned to a node; those assigned to none for "". */
  onNode(node: string): Pod[] {
    return sorted(this.#byNode.get(node));
  }

  /** Pods that room is being made for on a node. */
  nominated(): Pod[] {
    return sorted(this.#nominated);
  }

  /** Whether a pod on no node yet wants to be near others. */
  get anyAffine(): boolean {
    return this.#affine.size > 0;
  }

  /** Calls `tell` with the name of a node whenever a pod on it comes, changes or goes. */
  onChange(tell: (node: string) => void): void {
    this.#changed.push(tell);
  }

  #forEach(pod: Pod, act: (groups: Map<string, Group>, of: string) => void): void {
    const owner = controllerOf(pod)?.uid;
    if (owner === undefined) act(this.#orphans, pod.metadata.namespace!);
    else act(this.#byOwner, owner);
    act(this.#byNode, pod.spec?.nodeName ?? "");
  }
}

/** What the controllers of pods are given: a context, and the pods by owner and node. */
export interface PodContext extends SimContext {
  readonly pods: PodIndex;
}

function add(groups: Map<string, Group>, of: string, [key, pod]: [string, Pod]): void {
  let group = groups.get(of);
  if (!group) groups.set(of, group = new Map());
  group.set(key, pod);
}

function take(groups: Map<string, Group>, of: string, key: string): void {
  const group = groups.get(of);
  group?.delete(key);
  if (group?.size === 0) groups.delete(of);
}

function set(group: Group, key: string, pod: Pod, isIn: boolean): void {
  if (isIn) group.set(key, pod);
  else group.delete(key);
}

function sorted(group: Group | undefined): Pod[] {
  if (!group) return [];
  return [...group].sort(([a], [b]) => a < b ? -1 : 1).map(([, pod]) => pod);
}
