import { compareGo, rfc1123z } from "../../../go/mod.ts";
import {
  accessModesText,
  type KubeObject,
  type Loose,
  type models,
  quantityText,
  type Served,
  storageClassName,
} from "../../../kube/mod.ts";
import { formatLabels } from "../get_table.ts";
import { describeSource } from "./volumes.ts";
import { ageOf, type DescriptionWriter } from "./writer.ts";

function statusOf({ metadata, status }: KubeObject, w: DescriptionWriter): string {
  const { deletionTimestamp } = metadata;
  return deletionTimestamp
    ? `Terminating (lasts ${ageOf(deletionTimestamp, w.nowMs)})`
    : status?.phase ?? "";
}

function finalizersOf({ metadata }: KubeObject): string {
  return `[${(metadata.finalizers ?? []).join(" ")}]`;
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (describePersistentVolume). */
export function describeVolume(volume: Served<"persistentvolumes">, w: DescriptionWriter): void {
  const { metadata, spec = {}, status = {} } = volume;
  w.field(0, "Name", metadata.name);
  w.tagged(metadata);
  w.field(0, "Finalizers", finalizersOf(volume));
  w.field(0, "StorageClass", storageClassName(volume));
  w.field(0, "Status", statusOf(volume, w));
  const { claimRef } = spec;
  w.field(0, "Claim", claimRef ? `${claimRef.namespace ?? ""}/${claimRef.name}` : "");
  w.field(0, "Reclaim Policy", spec.persistentVolumeReclaimPolicy ?? "");
  w.field(0, "Access Modes", accessModesText(spec.accessModes));
  if (spec.volumeMode) w.field(0, "VolumeMode", spec.volumeMode);
  w.field(0, "Capacity", quantityText(spec.capacity?.storage));
  describeAffinity(spec.nodeAffinity, w);
  w.field(0, "Message", status.message ?? "");
  w.write(0, "Source:\n");
  describeSource(spec, w);
}

function describeAffinity(
  affinity: Loose<models.VolumeNodeAffinity> | undefined,
  w: DescriptionWriter,
): void {
  const required = affinity?.required;
  if (!required) return w.write(0, "Node Affinity:\t<none>\n");
  w.write(0, "Node Affinity:\t\n");
  const terms = required.nodeSelectorTerms ?? [];
  if (terms.length === 0) return w.write(1, "Required Terms:\t<none>\n");
  w.write(1, "Required Terms:\t\n");
  terms.forEach((term, index) => {
    const expressions = (term.matchExpressions ?? []).map((each) => ({
      ...each,
      operator: each.operator?.toLowerCase(),
    }));
    describeTerm(`Term ${index}`, expressions, 2, w);
  });
}

function describeTerm(
  title: string,
  expressions: Loose<models.NodeSelectorRequirement>[],
  level: number,
  w: DescriptionWriter,
): void {
  if (expressions.length === 0) return w.write(level, `${title}:\t<none>\n`);
  expressions.forEach(({ key, operator, values }, index) => {
    const start = index === 0 ? `${title}:\t` : "\t";
    const list = values?.length ? ` [${values.join(", ")}]` : "";
    w.write(level, `${start}${key} ${operator}${list}\n`);
  });
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (describePersistentVolumeClaim). */
export function describeClaim(
  claim: Served<"persistentvolumeclaims">,
  pods: Served<"pods">[],
  w: DescriptionWriter,
): void {
  const { metadata, spec = {}, status = {} } = claim;
  w.named(metadata);
  w.field(0, "StorageClass", storageClassName(claim));
  w.field(0, "Status", statusOf(claim, w));
  w.field(0, "Volume", spec.volumeName ?? "");
  w.tagged(metadata);
  w.field(0, "Finalizers", finalizersOf(claim));
  w.field(0, "Capacity", spec.volumeName ? quantityText(status.capacity?.storage) : "");
  w.field(0, "Access Modes", spec.volumeName ? accessModesText(status.accessModes) : "");
  if (spec.volumeMode) w.field(0, "VolumeMode", spec.volumeMode);
  if (spec.dataSource) {
    w.write(0, "DataSource:\n");
    if (spec.dataSource.apiGroup) w.field(1, "APIGroup", spec.dataSource.apiGroup);
    w.field(1, "Kind", spec.dataSource.kind);
    w.field(1, "Name", spec.dataSource.name);
  }
  const users = usersOf(claim, pods).map((pod) => pod.metadata.name).sort(compareGo);
  if (users.length === 0) w.field(0, "Used By", "<none>");
  users.forEach((name, index) => w.write(0, `${index === 0 ? "Used By:" : ""}\t${name}\n`));
  if (!status.conditions?.length) return;
  w.write(0, "Conditions:\n");
  w.write(1, "Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage\n");
  w.write(1, "----\t------\t-----------------\t------------------\t------\t-------\n");
  for (const each of status.conditions) {
    const times = `${rfc1123z(each.lastProbeTime)} \t${rfc1123z(each.lastTransitionTime)}`;
    const end = `${each.reason ?? ""} \t${each.message ?? ""}`;
    w.write(1, `${each.type} \t${each.status} \t${times} \t${end}\n`);
  }
}

/** The pods that mount a claim, and those that own it. */
function usersOf(
  { metadata }: Served<"persistentvolumeclaims">,
  pods: Served<"pods">[],
): Served<"pods">[] {
  const owners = (metadata.ownerReferences ?? []).filter(({ kind }) => kind === "Pod");
  return pods.filter((pod) =>
    pod.spec?.volumes?.some((volume) =>
      volume.persistentVolumeClaim?.claimName === metadata.name
    ) || owners.some(({ uid }) => uid === pod.metadata.uid)
  );
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (describeStorageClass). */
export function describeStorageClass(
  storage: Served<"storageclasses.storage.k8s.io">,
  w: DescriptionWriter,
): void {
  const { metadata } = storage;
  const isDefault = ["storageclass", "storageclass.beta"].some((prefix) =>
    metadata.annotations?.[`${prefix}.kubernetes.io/is-default-class`] === "true"
  );
  w.field(0, "Name", metadata.name);
  w.field(0, "IsDefaultClass", isDefault ? "Yes" : "No");
  w.field(0, "Annotations", formatLabels(metadata.annotations));
  w.field(0, "Provisioner", storage.provisioner);
  w.field(0, "Parameters", formatLabels(storage.parameters));
  const { allowVolumeExpansion: grows } = storage;
  w.field(0, "AllowVolumeExpansion", grows === undefined ? "<unset>" : grows ? "True" : "False");
  const options = storage.mountOptions ?? [];
  if (options.length === 0) w.field(0, "MountOptions", "<none>");
  else w.write(0, "MountOptions:\n");
  for (const option of options) w.write(1, `${option}\n`);
  if (storage.reclaimPolicy) w.field(0, "ReclaimPolicy", storage.reclaimPolicy);
  if (storage.volumeBindingMode) w.field(0, "VolumeBindingMode", storage.volumeBindingMode);
  const terms = storage.allowedTopologies;
  if (!terms) return;
  w.write(0, `AllowedTopologies:\t${terms.length === 0 ? "<none>" : ""}\n`);
  terms.forEach((term, index) => {
    const expressions = (term.matchLabelExpressions ?? []).map((each) => ({
      ...each,
      operator: "in",
    }));
    describeTerm(`Term ${index}`, expressions, 1, w);
  });
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (describeVolumeAttributesClass). */
export function describeAttributesClass(
  object: KubeObject & { driverName?: string; parameters?: Record<string, string> },
  w: DescriptionWriter,
): void {
  w.field(0, "Name", object.metadata.name);
  w.field(0, "Annotations", formatLabels(object.metadata.annotations));
  w.field(0, "DriverName", object.driverName);
  w.field(0, "Parameters", formatLabels(object.parameters));
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (describeCSINode). */
export function describeCsiNode(
  { metadata, spec }: Served<"csinodes.storage.k8s.io">,
  w: DescriptionWriter,
): void {
  w.field(0, "Name", metadata.name);
  w.tagged(metadata);
  w.field(0, "CreationTimestamp", rfc1123z(metadata.creationTimestamp));
  w.write(0, "Spec:\n");
  if (!spec?.drivers) return;
  w.write(1, "Drivers:\n");
  for (const { name, nodeID, allocatable, topologyKeys } of spec.drivers) {
    w.write(2, `${name}:\n`);
    w.field(3, "Node ID", nodeID);
    if (allocatable?.count !== undefined) {
      w.write(3, "Allocatables:\n");
      w.field(4, "Count", allocatable.count);
    }
    if (topologyKeys) w.field(3, "Topology Keys", `[${topologyKeys.join(" ")}]`);
  }
}
