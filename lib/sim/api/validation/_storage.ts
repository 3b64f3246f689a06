/**
 * Volumes, claims and the classes that they are of.
 *
 * @module
 */
import {
  type BuiltInKinds,
  type KubeObject,
  labelKeyFaults,
  type Loose,
  type models,
  sameJson,
} from "../../../kube/mod.ts";
import { type Causes, quantityOf } from "./_causes.ts";
import { ACCESS_MODES } from "./_cluster.ts";
import { checkNoBacksteps, checkSubdomain, ranked } from "./_names.ts";
import { checkNodeSelector } from "./_scheduling.ts";
import { checkDriver, checkHostPath, checkNfs } from "./_volumes.ts";

const VOLUME_FIELDS = new Set([
  "capacity",
  "accessModes",
  "claimRef",
  "persistentVolumeReclaimPolicy",
  "storageClassName",
  "mountOptions",
  "volumeMode",
  "nodeAffinity",
  "volumeAttributesClassName",
]);

/** Source: pkg/apis/core/validation/validation.go (ValidatePersistentVolumeSpec). */
export function checkVolume(causes: Causes, { spec }: KubeObject): void {
  if (!spec.accessModes?.length) causes.required("spec.accessModes");
  for (const mode of spec.accessModes ?? []) {
    causes.oneOf("spec.accessModes", mode, ACCESS_MODES);
  }
  const capacity = spec.capacity ?? {};
  const names = Object.keys(capacity);
  if (names.length === 0) causes.required("spec.capacity");
  if (capacity.storage === undefined || names.length > 1) {
    causes.unsupported("spec.capacity", spec.capacity ?? null, ["storage"]);
  }
  const size = quantityOf(capacity.storage ?? 1);
  if (size && size.nano <= 0n) {
    causes.invalid("spec.capacity[storage]", String(size), "must be greater than zero");
  }
  const policies = ["Delete", "Recycle", "Retain"];
  causes.oneOf("spec.persistentVolumeReclaimPolicy", spec.persistentVolumeReclaimPolicy, policies);
  const affinity = spec.nodeAffinity;
  if (affinity && !affinity.required) {
    causes.required("spec.nodeAffinity.required", "must specify required node constraints");
  } else if (affinity) checkNodeSelector(causes, "spec.nodeAffinity.required", affinity.required);
  checkVolumeSource(causes, spec);
  if (spec.persistentVolumeReclaimPolicy === "Recycle" && spec.hostPath?.path === "/") {
    const detail = "may not be 'recycle' for a hostPath mount of '/'";
    causes.forbidden("spec.persistentVolumeReclaimPolicy", detail);
  }
  if (spec.storageClassName) {
    checkSubdomain(causes, "spec.storageClassName", spec.storageClassName);
  }
  causes.oneOf("spec.volumeMode", spec.volumeMode, ["Block", "Filesystem"]);
}

/** In the order in which upstream looks for them. */
const VOLUME_SOURCES = [
  "hostPath",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "glusterfs",
  "flocker",
  "nfs",
  "rbd",
  "quobyte",
  "cephfs",
  "iscsi",
  "cinder",
  "fc",
  "azureFile",
  "vsphereVolume",
  "photonPersistentDisk",
  "portworxVolume",
  "azureDisk",
  "scaleIO",
  "local",
  "storageos",
  "csi",
];

function checkVolumeSource(
  causes: Causes,
  spec: Loose<models.PersistentVolumeSpec>,
): void {
  const sources = Object.keys(spec).filter((field) => !VOLUME_FIELDS.has(field));
  if (sources.length === 0) return causes.required("spec", "must specify a volume type");
  const [first, ...more] = ranked(sources, VOLUME_SOURCES);
  const { hostPath, nfs, local, csi } = spec;
  if (first === "hostPath") checkHostPath(causes, "spec.hostPath", hostPath!);
  else if (first === "nfs") checkNfs(causes, "spec.nfs", nfs!);
  else if (first === "local") {
    if (!local?.path) causes.required("spec.local.path");
    else checkNoBacksteps(causes, "spec.local.path", local.path);
    if (!spec.nodeAffinity) {
      causes.required("spec.nodeAffinity", "Local volume requires node affinity");
    }
  } else if (first === "csi") {
    checkDriver(causes, "spec.csi.driver", csi?.driver);
    if (!csi?.volumeHandle) causes.required("spec.csi.volumeHandle");
  }
  for (const kind of more) {
    // Upstream writes it otherwise.
    const field = kind === "cephfs" ? "cephFS" : kind;
    causes.forbidden(`spec.${field}`, "may not specify more than 1 volume type");
  }
}

/** Source: kubernetes/kubernetes pkg/apis/storage/validation/validation.go (ValidateStorageClass). */
export function checkStorageClass(
  causes: Causes,
  object: Loose<BuiltInKinds["storageclasses.storage.k8s.io"]>,
): void {
  const { provisioner, parameters = {}, reclaimPolicy, volumeBindingMode } = object;
  if (!provisioner) causes.required("provisioner");
  else {
    const name = provisioner.toLowerCase();
    for (const fault of labelKeyFaults(name)) causes.invalid("provisioner", name, fault);
  }
  if ("" in parameters) causes.invalid("parameters", "", "field can not be empty.");
  causes.oneOf("reclaimPolicy", reclaimPolicy, ["Delete", "Retain"]);
  causes.oneOf("volumeBindingMode", volumeBindingMode, ["Immediate", "WaitForFirstConsumer"]);
}

const CLAIM_FIXED =
  "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";

/**
 * Source: pkg/apis/core/validation/validation.go (ValidatePersistentVolumeClaimUpdate).
 * Differs: leaves out the dump of the difference.
 */
export function checkClaimUpdate(causes: Causes, claim: KubeObject, previous: KubeObject): void {
  const old: Loose<models.PersistentVolumeClaimSpec> = { ...previous.spec };
  const next: Loose<models.PersistentVolumeClaimSpec> = { ...claim.spec };
  if (!old.volumeName) delete next.volumeName;
  if (old.storageClassName === undefined) delete next.storageClassName;
  if (previous.status?.phase === "Bound") {
    for (const spec of [old, next]) {
      delete spec.volumeAttributesClassName;
      const { storage: _, ...requests } = spec.resources?.requests ?? {};
      spec.resources = { ...spec.resources, requests };
    }
  }
  if (!sameJson(next, old)) causes.forbidden("spec", CLAIM_FIXED);
  const size = (of: Record<string, models.Quantity> | undefined) =>
    quantityOf(of?.storage ?? 0)?.nano ?? 0n;
  const asked = size(claim.spec.resources?.requests);
  const shrinks = asked < size(previous.spec.resources?.requests);
  if (shrinks && asked <= size(previous.status?.capacity)) {
    const detail = "field can not be less than status.capacity";
    causes.forbidden("spec.resources.requests.storage", detail);
  }
}
