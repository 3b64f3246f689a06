import type { Cancel } from "../../base/mod.ts";
import { controllerOf, type Pod } from "../../kube/mod.ts";
import type { SimApi, SimContext } from "../seams.ts";

/** Pods by namespace and name, put in order when somebody asks after a new one has come. */
class Group {
  #pods = new Map<string, Pod>();
  #inOrder = true;

  get size(): number {
    return this.#pods.size;
  }

  set(key: string, pod: Pod): void {
    // A pod that only changes keeps its place.
    if (!this.#pods.has(key)) this.#inOrder = false;
    this.#pods.set(key, pod);
  }

  delete(key: string): void {
    this.#pods.delete(key);
  }

  pods(): Pod[] {
    if (!this.#inOrder) {
      this.#pods = new Map([...this.#pods].sort(([a], [b]) => a < b ? -1 : 1));
      this.#inOrder = true;
    }
    return [...this.#pods.values()];
  }
}

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
  readonly #nominated: Group = new Group();
  readonly #affine: Group = new Group();
  readonly #changed: ((node: string) => void)[] = [];
  /** Stops following the pods. */
  readonly stop: Cancel;

  constructor(api: SimApi) {
    this.stop = api.watch<Pod>("pods", ({ type, object, previous }) => {
      const key = `${object.metadata.namespace}/${object.metadata.name}`;
      const before = previous ?? (type === "DELETED" ? object : undefined);
      if (before) {
        const [now] = type === "DELETED" ? [] : [this.#placesOf(object)];
        for (const [groups, of] of this.#placesOf(before)) {
          const stays = now?.some(([others, other]) => others === groups && other === of);
          if (!stays) take(groups, of, key);
        }
      }
      if (type !== "DELETED") {
        for (const [groups, of] of this.#placesOf(object)) add(groups, of, [key, object]);
      }
      const waits = type !== "DELETED" && !object.spec?.nodeName;
      set(this.#nominated, key, object, waits && "nominatedNodeName" in (object.status ?? {}));
      set(this.#affine, key, object, waits && object.spec?.affinity?.podAffinity !== undefined);
      const nodes = new Set([before?.spec?.nodeName, object.spec?.nodeName]);
      for (const node of nodes) for (const tell of this.#changed) tell(node ?? "");
    });
  }

  /** The pods that an object controls, by its uid. */
  ownedBy(uid: string): Pod[] {
    return this.#byOwner.get(uid)?.pods() ?? [];
  }

  /** The pods of a namespace that nothing controls. */
  orphansIn(namespace: string): Pod[] {
    return this.#orphans.get(namespace)?.pods() ?? [];
  }

  /** The pods assigned to a node; those assigned to none for "". */
  onNode(node: string): Pod[] {
    return this.#byNode.get(node)?.pods() ?? [];
  }

  /** Pods that room is being made for on a node. */
  nominated(): Pod[] {
    return this.#nominated.pods();
  }

  /** Whether a pod on no node yet wants to be near others. */
  get anyAffine(): boolean {
    return this.#affine.size > 0;
  }

  /** Calls `tell` with the name of a node whenever a pod on it comes, changes or goes. */
  onChange(tell: (node: string) => void): void {
    this.#changed.push(tell);
  }

  /** The groups a pod is in, and by which name. */
  #placesOf(pod: Pod): [groups: Map<string, Group>, of: string][] {
    const owner = controllerOf(pod)?.uid;
    return [
      owner === undefined ? [this.#orphans, pod.metadata.namespace!] : [this.#byOwner, owner],
      [this.#byNode, pod.spec?.nodeName ?? ""],
    ];
  }
}

/** What the controllers of pods are given: a context, and the pods by owner and node. */
export interface PodContext extends SimContext {
  readonly pods: PodIndex;
}

function add(groups: Map<string, Group>, of: string, [key, pod]: [string, Pod]): void {
  let group = groups.get(of);
  if (!group) groups.set(of, group = new Group());
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
