import type { KubeObject, models, OwnerReference, Pod, StatefulSet } from "../../kube/mod.ts";
import type { SimApi } from "../seams.ts";
import { canonical } from "./_objects.ts";

const CLAIMS = "persistentvolumeclaims";
const COMPONENT = "statefulset-controller";

/**
 * The claims of a StatefulSet's pods, and who they go with.
 * Source: kubernetes pkg/controller/statefulset/stateful_pod_control.go, stateful_set_utils.go.
 */
export class StatefulClaims {
  constructor(private readonly api: SimApi, private readonly set: StatefulSet) {}

  get #templates(): models.PersistentVolumeClaim[] {
    return this.set.spec?.volumeClaimTemplates ?? [];
  }

  #nameOf(template: models.PersistentVolumeClaim, ordinal: number): string {
    return `${template.metadata?.name}-${this.set.metadata.name}-${ordinal}`;
  }

  /**
   * Gives a pod that is to be created its claims as volumes. Gives false while one of an earlier pod is
   * being deleted.
   */
  mount(pod: Pod, ordinal: number): boolean {
    const { namespace } = this.set.metadata;
    const stale = this.#templates.some((template) =>
      this.api.get(CLAIMS, namespace!, this.#nameOf(template, ordinal))?.metadata.deletionTimestamp
    );
    if (stale) return false;
    this.ensure(pod, ordinal);
    const spec = pod.spec!;
    for (const template of this.#templates) {
      const { name = "" } = template.metadata ?? {};
      const claimName = this.#nameOf(template, ordinal);
      const others = (spec.volumes ?? []).filter((volume) => volume.name !== name);
      spec.volumes = [{ name, persistentVolumeClaim: { claimName } }, ...others];
    }
    return true;
  }

  /** Creates the claims that are missing. */
  ensure(pod: Pod, ordinal: number): void {
    const { namespace, name: setName } = this.set.metadata;
    for (const template of this.#templates) {
      const name = this.#nameOf(template, ordinal);
      if (this.api.get(CLAIMS, namespace!, name)) continue;
      const { labels, annotations } = template.metadata ?? {};
      this.api.create(CLAIMS, {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: {
          name,
          namespace,
          labels: { ...labels, ...this.set.spec!.selector.matchLabels },
          ...(annotations ? { annotations: { ...annotations } } : {}),
        },
        spec: structuredClone(template.spec),
      });
      this.api.event(this.set, {
        type: "Normal",
        reason: "SuccessfulCreate",
        message: `Create Claim ${name} Pod ${pod.metadata.name} in StatefulSet ${setName} success`,
        component: COMPONENT,
      });
    }
  }

  /** Makes a pod's claims go with the set, or with a pod that is scaled away, as the policy says. */
  own(pod: Pod, ordinal: number, { inRange }: { inRange: boolean }): void {
    const { whenDeleted, whenScaled } = this.set.spec?.persistentVolumeClaimRetentionPolicy ?? {};
    const bySet = whenDeleted === "Delete" && (whenScaled !== "Delete" || inRange);
    const byPod = whenScaled === "Delete" && !inRange;
    for (const template of this.#templates) {
      const name = this.#nameOf(template, ordinal);
      const claim = this.api.get(CLAIMS, this.set.metadata.namespace!, name);
      if (!claim || claim.metadata.deletionTimestamp) continue;
      const present = claim.metadata.ownerReferences ?? [];
      const uids = [this.set.metadata.uid, pod.metadata.uid];
      const others = present.filter(({ uid }) => !uids.includes(uid));
      if (others.some(({ controller }) => controller)) continue;
      const wanted: OwnerReference[] = [
        ...others,
        ...(bySet ? [reference(this.set)] : []),
        ...(byPod ? [reference({ ...pod, apiVersion: "v1", kind: "Pod" })] : []),
      ];
      if (canonical(wanted) === canonical(present)) continue;
      this.api.patch(CLAIMS, this.set.metadata.namespace!, name, {
        metadata: { ownerReferences: wanted.length > 0 ? wanted : null },
      });
    }
  }
}

function reference({ apiVersion, kind, metadata }: KubeObject): OwnerReference {
  const { name, uid } = metadata;
  return { apiVersion, kind, name, uid: uid!, controller: true, blockOwnerDeletion: true };
}
