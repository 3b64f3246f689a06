/**
 * kind's provisioner of volumes.
 *
 * @module
 */
import { rfc3339 } from "../../../go/mod.ts";
import {
  claimReference,
  type KubeObject,
  type ObjectOf,
  storageClassName,
} from "../../../kube/mod.ts";
import type { ContainerContext, Program } from "../../seams.ts";

const NAME = "rancher.io/local-path";
const ROOT = "/var/local-path-provisioner";
const CLAIMS = "persistentvolumeclaims";
const VOLUMES = "persistentvolumes";
const SELECTED_NODE = "volume.kubernetes.io/selected-node";
/** How long the helper pod takes that makes or clears a directory. */
const HELPER_MS = 2500;

/**
 * kind's provisioner: a directory on the node of the first pod for each claim of its class.
 * Source: rancher/local-path-provisioner provisioner.go; kubernetes-sigs/sig-storage-lib-external-provisioner.
 * Differs: makes and clears no directory, and so starts no helper pods.
 */
export const localPathProvisioner: Program = {
  name: "local-path-provisioner",
  images: ["docker.io/kindest/local-path-provisioner", "docker.io/rancher/local-path-provisioner"],
  baseline: { cpuMillicores: 1, memoryBytes: 12 << 20 },
  start(context) {
    if (context.resumed === undefined) {
      context.log(
        `time="${iso(context)}" level=info msg="Starting local-path-provisioner"`,
      );
      log(context, `Starting provisioner controller ${NAME}_${context.pod.name}`);
    }
    const busy = new Set<string>();
    const later = (uid: string, act: () => void) => {
      if (busy.has(uid)) return;
      busy.add(uid);
      context.after(HELPER_MS, () => {
        busy.delete(uid);
        act();
      });
    };
    context.kube.watch(CLAIMS, ({ type, object }) => {
      if (type === "DELETED" || !isWanted(object) || busy.has(object.metadata.uid!)) return;
      context.after(0, () => tell(context, object, "Normal", "Provisioning", announcement(object)));
      later(object.metadata.uid!, () => provision(context, object));
    });
    context.kube.watch(VOLUMES, ({ type, object }) => {
      if (type === "DELETED" || !isOver(object)) return;
      later(object.metadata.uid!, () => remove(context, object));
    });
    return { snapshot: () => ({ started: true }) };
  },
};

function iso(context: ContainerContext): string {
  return rfc3339(context.now());
}

function log(context: ContainerContext, text: string): void {
  const at = new Date(context.now()).toISOString();
  const stamp = `${at.slice(5, 7)}${at.slice(8, 10)} ${at.slice(11, 23)}000`;
  context.log(`I${stamp}       1 controller.go:824] ${text}`);
}

function isWanted({ metadata, spec }: KubeObject): boolean {
  const { annotations = {}, deletionTimestamp } = metadata;
  return !deletionTimestamp && !spec.volumeName && annotations[SELECTED_NODE] !== undefined &&
    annotations["volume.kubernetes.io/storage-provisioner"] === NAME;
}

function isOver({ metadata, spec, status }: KubeObject): boolean {
  return status?.phase === "Released" && spec.persistentVolumeReclaimPolicy === "Delete" &&
    metadata.annotations?.["pv.kubernetes.io/provisioned-by"] === NAME &&
    !metadata.deletionTimestamp;
}

function provision(context: ContainerContext, { metadata }: KubeObject): void {
  const { kube } = context;
  const { namespace, name, uid } = metadata;
  const claim = kube.get(CLAIMS, namespace!, name);
  if (claim?.metadata.uid !== uid || !isWanted(claim!)) return;
  const volumeName = `pvc-${uid}`;
  const about = `${namespace}/${name}`;
  try {
    if (!kube.get(VOLUMES, "", volumeName)) {
      kube.create(VOLUMES, volumeFor(claim!, volumeName, storageClassOf(context, claim!)));
    }
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "ApiError") throw error;
    const message = `failed to provision volume with StorageClass "${storageClassName(claim!)}": ` +
      error.message;
    return tell(context, claim!, "Warning", "ProvisioningFailed", message);
  }
  log(context, `provision "${about}" class "${storageClassName(claim!)}": succeeded`);
  const message = `Successfully provisioned volume ${volumeName}`;
  tell(context, claim!, "Normal", "ProvisioningSucceeded", message);
}

function announcement({ metadata: { namespace, name } }: KubeObject): string {
  return `External provisioner is provisioning volume for claim "${namespace}/${name}"`;
}

function tell(
  { kube, pod }: ContainerContext,
  claim: KubeObject,
  ...[type, reason, message]: ["Normal" | "Warning", string, string]
): void {
  kube.event(claim, { type, reason, message, component: `${NAME}_${pod.name}` });
}

type StorageClass = ObjectOf<"storageclasses.storage.k8s.io">;

function storageClassOf({ kube }: ContainerContext, claim: KubeObject): StorageClass | undefined {
  return kube.get("storageclasses.storage.k8s.io", "", storageClassName(claim));
}

function volumeFor(
  claim: KubeObject,
  volumeName: string,
  storageClass: StorageClass | undefined,
): KubeObject {
  const { metadata: { namespace, name, annotations = {} }, spec } = claim;
  const node = annotations[SELECTED_NODE];
  const onNode = { key: "kubernetes.io/hostname", operator: "In", values: [node] };
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: {
      name: volumeName,
      annotations: {
        "local.path.provisioner/selected-node": node,
        "pv.kubernetes.io/provisioned-by": NAME,
      },
    },
    spec: {
      accessModes: spec.accessModes,
      capacity: { storage: spec.resources.requests.storage },
      claimRef: claimReference(claim),
      hostPath: {
        path: `${ROOT}/${volumeName}_${namespace}_${name}`,
        type: "DirectoryOrCreate",
      },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [onNode] }] } },
      persistentVolumeReclaimPolicy: storageClass?.reclaimPolicy ?? "Delete",
      storageClassName: storageClassName(claim),
      volumeMode: spec.volumeMode ?? "Filesystem",
    },
  };
}

function remove(context: ContainerContext, { metadata }: KubeObject): void {
  const volume = context.kube.get(VOLUMES, "", metadata.name);
  if (!volume || !isOver(volume)) return;
  context.kube.delete(VOLUMES, "", metadata.name);
  log(context, `delete "${metadata.name}": persistentvolume deleted succeeded`);
}
