import {
  claimReference,
  isApiError,
  isFinished,
  type KubeObject,
  type Pod,
  storageClassName,
} from "../../kube/mod.ts";
import { keyOf, type Reconciler } from "../reconcile.ts";
import type { SimApi, SimContext } from "../seams.ts";
import { canonical } from "./_objects.ts";
import { claimNames, SELECTED_NODE } from "./_volume_binding.ts";
import { bestVolume, classOf, isDelayed, isFor, mismatch } from "./_volumes.ts";

const COMPONENT = "persistentvolume-controller";
const CLAIMS = "persistentvolumeclaims";
const VOLUMES = "persistentvolumes";
const COMPLETED = "pv.kubernetes.io/bind-completed";
const BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller";
const CLAIM_PROTECTION = "kubernetes.io/pvc-protection";
const VOLUME_PROTECTION = "kubernetes.io/pv-protection";

/**
 * Binds claims to volumes, asks provisioners for those that are missing, and keeps claims that are in use.
 * Source: kubernetes pkg/controller/volume/persistentvolume/pv_controller.go (syncClaim),
 * pkg/controller/volume/pvcprotection.
 */
export function claimController(context: SimContext): Reconciler {
  const { api } = context;
  return {
    name: COMPONENT,
    watches: [
      { resource: CLAIMS },
      // A volume that comes, or that a claim was bound to.
      { resource: VOLUMES, keys: ({ object }) => claimsFor(api, object).map(keyOf) },
      { resource: "storageclasses.storage.k8s.io", keys: () => pending(api).map(keyOf) },
      {
        resource: "pods",
        keys: ({ type, object, previous }) => {
          const names = claimNames(object);
          if (names.length === 0) return [];
          const ended = type === "DELETED" ||
            (isFinished(object) && !isFinished(previous ?? object));
          if (!ended) return [];
          return names.map((name) => ({ namespace: object.metadata.namespace!, name }));
        },
      },
    ],
    reconcile(key) {
      const claim = api.get(CLAIMS, key.namespace, key.name);
      if (!claim) return;
      if (claim.metadata.deletionTimestamp) return release(api, claim);
      if (claim.metadata.annotations?.[COMPLETED]) return keepBound(api, claim);
      if (claim.spec.volumeName) return bindNamed(api, claim);
      findVolume(api, claim);
    },
  };
}

function pending(api: SimApi): KubeObject[] {
  return api.list(CLAIMS).filter(({ metadata }) => !metadata.annotations?.[COMPLETED]);
}

function claimsFor(api: SimApi, { spec, metadata }: KubeObject): KubeObject[] {
  const reference = spec.claimRef;
  if (!reference) return pending(api);
  const claim = api.get(CLAIMS, reference.namespace, reference.name);
  const named = api.list(CLAIMS).filter((one) => one.spec.volumeName === metadata.name);
  return [...claim ? [claim] : [], ...named];
}

function event(
  api: SimApi,
  object: KubeObject,
  [type, reason, message]: ["Normal" | "Warning", string, string],
): void {
  api.event(object, { type, reason, message, component: COMPONENT });
}

/** Lets go of a claim that is being deleted once no pod that is on a node uses it. */
function release(api: SimApi, { metadata }: KubeObject): void {
  if (!metadata.finalizers?.includes(CLAIM_PROTECTION)) return;
  const used = api.list<Pod>("pods", { namespace: metadata.namespace }).some((pod) =>
    pod.spec?.nodeName && !isFinished(pod) && claimNames(pod).includes(metadata.name)
  );
  if (!used) dropFinalizer(api, CLAIMS, metadata, CLAIM_PROTECTION);
}

function dropFinalizer(
  api: SimApi,
  resource: string,
  { namespace = "", name, finalizers = [] }: KubeObject["metadata"],
  finalizer: string,
): void {
  const rest = finalizers.filter((one) => one !== finalizer);
  try {
    api.patch(resource, namespace, name, {
      metadata: { finalizers: rest.length > 0 ? rest : null },
    });
  } catch (error) {
    if (!isApiError(error, 404)) throw error;
  }
}

function keepBound(api: SimApi, claim: KubeObject): void {
  const volume = api.get(VOLUMES, "", claim.spec.volumeName ?? "");
  if (volume) return setBound(api, claim, volume);
  if (claim.status?.phase === "Lost") return;
  const status = { ...structuredClone(claim.status), phase: "Lost" };
  api.updateStatus(CLAIMS, { ...structuredClone(claim), status });
  const message = "Bound claim has lost its PersistentVolume. Data on the volume is lost!";
  event(api, claim, ["Warning", "ClaimLost", message]);
}

/** The claim names its volume. */
function bindNamed(api: SimApi, claim: KubeObject): void {
  const volume = api.get(VOLUMES, "", claim.spec.volumeName);
  if (!volume) return;
  const { name } = volume.metadata;
  if (volume.spec.claimRef && !isFor(volume.spec.claimRef, claim)) {
    const message = `volume "${name}" already bound to a different claim.`;
    return event(api, claim, ["Warning", "FailedBinding", message]);
  }
  const why = mismatch(volume, claim);
  if (why && !volume.spec.claimRef) {
    const message = `Cannot bind to requested volume "${name}": ${why}`;
    return event(api, claim, ["Warning", "VolumeMismatch", message]);
  }
  bind(api, claim, volume);
}

function findVolume(api: SimApi, claim: KubeObject): void {
  const selected = claim.metadata.annotations?.[SELECTED_NODE] !== undefined;
  const delayed = isDelayed(api, claim);
  const volume = bestVolume(api, claim, ({ spec }) => !delayed || spec.claimRef !== undefined);
  if (volume) return bind(api, claim, volume);
  if (claim.spec.storageClassName === undefined && takeDefaultClass(api, claim)) return;
  if (delayed && !selected) return tellWaiting(api, claim);
  if (storageClassName(claim) !== "") return provision(api, claim);
  const message = "no persistent volumes available for this claim and no storage class is set";
  event(api, claim, ["Normal", "FailedBinding", message]);
}

/** A class that became the default after the claim was made. */
function takeDefaultClass(api: SimApi, claim: KubeObject): boolean {
  const found = api.list("storageclasses.storage.k8s.io").find(({ metadata }) =>
    metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true"
  );
  if (!found || storageClassName(claim) !== "") return false;
  const { namespace, name } = claim.metadata;
  api.patch(CLAIMS, namespace!, name, { spec: { storageClassName: found.metadata.name } });
  return true;
}

function tellWaiting(api: SimApi, claim: KubeObject): void {
  const { namespace, name } = claim.metadata;
  const users = api.list<Pod>("pods", { namespace })
    .filter((pod) => !isFinished(pod) && claimNames(pod).includes(name));
  const names = users.map((pod) => pod.metadata.name).sort().join(",");
  if (names === "") {
    const message = "waiting for first consumer to be created before binding";
    return event(api, claim, ["Normal", "WaitForFirstConsumer", message]);
  }
  const message = `waiting for pod ${names} to be scheduled`;
  event(api, claim, ["Normal", "WaitForPodScheduled", message]);
}

/** Names the provisioner that is to make a volume; everything else is up to that. */
function provision(api: SimApi, claim: KubeObject): void {
  const { namespace, name, annotations = {} } = claim.metadata;
  const className = storageClassName(claim);
  const provisioner = classOf(api, className)?.provisioner;
  if (provisioner === undefined) {
    const message = `storageclass.storage.k8s.io "${className}" not found`;
    return event(api, claim, ["Warning", "ProvisioningFailed", message]);
  }
  if (provisioner === "kubernetes.io/no-provisioner") {
    const message = "no volume plugin matched name: kubernetes.io/no-provisioner";
    return event(api, claim, ["Warning", "ProvisioningFailed", message]);
  }
  const message =
    `Waiting for a volume to be created either by the external provisioner '${provisioner}' or ` +
    "manually by the system administrator. If volume creation is delayed, please verify that the " +
    "provisioner is running and correctly registered.";
  if (annotations["volume.kubernetes.io/storage-provisioner"] === provisioner) return;
  api.patch(CLAIMS, namespace!, name, {
    metadata: {
      annotations: {
        "volume.beta.kubernetes.io/storage-provisioner": provisioner,
        "volume.kubernetes.io/storage-provisioner": provisioner,
      },
    },
  });
  event(api, claim, ["Normal", "ExternalProvisioning", message]);
}

function bind(api: SimApi, claim: KubeObject, volume: KubeObject): void {
  const { namespace, name, annotations = {} } = claim.metadata;
  const reserved = volume.spec.claimRef;
  if (reserved?.uid !== claim.metadata.uid) {
    api.patch(VOLUMES, "", volume.metadata.name, {
      ...(reserved ? {} : { metadata: { annotations: { [BY_CONTROLLER]: "yes" } } }),
      spec: { claimRef: claimReference(claim) },
    });
  }
  const bound = api.patch(CLAIMS, namespace!, name, {
    metadata: {
      annotations: {
        [COMPLETED]: "yes",
        ...(claim.spec.volumeName ? {} : { [BY_CONTROLLER]: annotations[BY_CONTROLLER] ?? "yes" }),
      },
    },
    spec: { volumeName: volume.metadata.name },
  });
  setBound(api, bound, volume);
}

function setBound(api: SimApi, claim: KubeObject, { spec }: KubeObject): void {
  const status = {
    ...structuredClone(claim.status),
    phase: "Bound",
    accessModes: spec.accessModes,
    capacity: { storage: spec.capacity.storage },
  };
  if (canonical(status) === canonical(claim.status)) return;
  api.updateStatus(CLAIMS, { ...structuredClone(claim), status });
}

/**
 * Keeps the phase of volumes, and lets go of those that are bound to nothing.
 * Source: kubernetes pkg/controller/volume/persistentvolume/pv_controller.go (syncVolume),
 * pkg/controller/volume/pvprotection.
 */
export function volumeController({ api }: SimContext): Reconciler {
  return {
    name: COMPONENT,
    watches: [
      { resource: VOLUMES },
      {
        resource: CLAIMS,
        keys: ({ object, previous }) =>
          [object, previous].flatMap((claim) =>
            claim?.spec.volumeName ? [{ namespace: "", name: claim.spec.volumeName }] : []
          ),
      },
    ],
    reconcile({ name }) {
      const volume = api.get(VOLUMES, "", name);
      if (!volume) return;
      const phase = phaseOf(api, volume);
      if (volume.status?.phase !== phase) {
        api.updateStatus(VOLUMES, { ...structuredClone(volume), status: { phase } });
      }
      const { deletionTimestamp, finalizers = [] } = volume.metadata;
      if (deletionTimestamp && phase !== "Bound" && finalizers.includes(VOLUME_PROTECTION)) {
        dropFinalizer(api, VOLUMES, volume.metadata, VOLUME_PROTECTION);
      }
    },
  };
}

function phaseOf(api: SimApi, { metadata, spec, status }: KubeObject): string {
  const reference = spec.claimRef;
  if (!reference?.uid) return "Available";
  const claim = api.get(CLAIMS, reference.namespace, reference.name);
  if (claim?.metadata.uid === reference.uid) {
    return claim!.spec.volumeName === metadata.name ? "Bound" : status?.phase ?? "Available";
  }
  return status?.phase === "Failed" ? "Failed" : "Released";
}
