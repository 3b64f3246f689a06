import {
  claimReference,
  type KubeObject,
  type models,
  type Pod,
  storageClassName,
} from "../../kube/mod.ts";
import type { SimApi } from "../seams.ts";
import { matchesTerm } from "../node_fit.ts";
import { bestVolume, classOf, isDelayed } from "./_volumes.ts";

const CLAIMS = "persistentvolumeclaims";
export const SELECTED_NODE = "volume.kubernetes.io/selected-node";

/**
 * The claims of one pod, on the way to a node.
 * Source: kubernetes pkg/scheduler/framework/plugins/volumebinding.
 */
export class PodVolumeClaims {
  readonly #bound: KubeObject[] = [];
  readonly #unbound: KubeObject[] = [];
  /** Why no node is looked at at all. */
  readonly blocked: string | undefined;

  constructor(private readonly api: SimApi, private readonly pod: Pod) {
    for (const name of claimNames(pod)) {
      const claim = api.get(CLAIMS, pod.metadata.namespace!, name);
      if (!claim) {
        this.blocked ??= `persistentvolumeclaim "${name}" not found`;
      } else if (claim.metadata.deletionTimestamp) {
        this.blocked ??= `persistentvolumeclaim "${name}" is being deleted`;
      } else if (isBound(claim)) this.#bound.push(claim);
      else if (isDelayed(api, claim)) this.#unbound.push(claim);
      else this.blocked ??= "pod has unbound immediate PersistentVolumeClaims";
    }
  }

  /** Why a node does not do for the volumes. */
  conflict(node: KubeObject): string | undefined {
    for (const claim of this.#bound) {
      const volume = this.api.get("persistentvolumes", "", claim.spec.volumeName);
      if (!volume) {
        return "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)";
      }
      if (!isNear(volume, node)) return "node(s) didn't match PersistentVolume's node affinity";
    }
    for (const claim of this.#unbound) {
      const chosen = claim.metadata.annotations?.[SELECTED_NODE];
      if (chosen !== undefined) {
        if (chosen !== node.metadata.name) return CONFLICT;
        continue;
      }
      const fits = bestVolume(this.api, claim, (volume) => isNear(volume, node));
      if (!fits && !canProvision(this.api, claim)) return CONFLICT;
    }
    return undefined;
  }

  /** Has the unbound claims bound on the node. Gives whether the pod has to wait for that. */
  bindOn(node: KubeObject): boolean {
    for (const claim of this.#unbound) {
      const { namespace, name, annotations } = claim.metadata;
      const volume = bestVolume(this.api, claim, (one) => isNear(one, node));
      if (volume) {
        this.api.patch("persistentvolumes", "", volume.metadata.name, {
          metadata: { annotations: { "pv.kubernetes.io/bound-by-controller": "yes" } },
          spec: { claimRef: claimReference(claim) },
        });
      } else if (annotations?.[SELECTED_NODE] === undefined) {
        this.api.patch(CLAIMS, namespace!, name, {
          metadata: { annotations: { [SELECTED_NODE]: node.metadata.name } },
        });
      }
    }
    return this.#unbound.length > 0;
  }
}

const CONFLICT = "node(s) didn't find available persistent volumes to bind";

/** The names of the claims a pod uses, those of its ephemeral volumes too. */
export function claimNames(pod: Pod): string[] {
  return (pod.spec?.volumes ?? []).flatMap((volume) => {
    if (volume.persistentVolumeClaim) return [volume.persistentVolumeClaim.claimName];
    return volume.ephemeral ? [`${pod.metadata.name}-${volume.name}`] : [];
  });
}

function isBound({ metadata, spec }: KubeObject): boolean {
  return Boolean(spec.volumeName) &&
    metadata.annotations?.["pv.kubernetes.io/bind-completed"] !== undefined;
}

function isNear(volume: KubeObject, node: KubeObject): boolean {
  const terms: models.NodeSelectorTerm[] | undefined = volume.spec.nodeAffinity?.required
    ?.nodeSelectorTerms;
  return !terms || terms.some((term) => matchesTerm(term, node));
}

function canProvision(api: SimApi, claim: KubeObject): boolean {
  const provisioner = classOf(api, storageClassName(claim))?.provisioner;
  return provisioner !== undefined && provisioner !== "kubernetes.io/no-provisioner" &&
    !claim.spec.selector;
}
