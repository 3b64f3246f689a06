import { compareGo, rfc1123z } from "../../../go/mod.ts";
import {
  controllerOf,
  formatSelector,
  type KubeObject,
  type Loose,
  type models,
  type Served,
} from "../../../kube/mod.ts";
import { describeContainers, describeResources, type FieldResolver } from "./containers.ts";
import { describeVolumes } from "./volumes.ts";
import { ageOf, type DescriptionWriter } from "./writer.ts";

type Pod = Served<"pods">;

/** Source: kubernetes/kubectl pkg/describe/describe.go (describePod). */
export function describePod(pod: Pod, w: DescriptionWriter): void {
  const { metadata, spec = {}, status = {} } = pod;
  w.named(metadata);
  if (spec.priority !== undefined) w.field(0, "Priority", spec.priority);
  if (spec.priorityClassName) w.field(0, "Priority Class Name", spec.priorityClassName);
  if (spec.runtimeClassName) w.field(0, "Runtime Class Name", spec.runtimeClassName);
  if (spec.serviceAccountName) w.field(0, "Service Account", spec.serviceAccountName);
  w.field(0, "Node", spec.nodeName ? `${spec.nodeName}/${status.hostIP ?? ""}` : "<none>");
  if (status.startTime) w.field(0, "Start Time", rfc1123z(status.startTime));
  w.tagged(metadata);
  describePhase(pod, w);
  const seccomp = spec.securityContext?.seccompProfile;
  if (seccomp) {
    w.field(0, "SeccompProfile", seccomp.type);
    if (seccomp.type === "Localhost") w.field(0, "LocalhostProfile", seccomp.localhostProfile);
  }
  w.field(0, "IP", status.podIP ?? "");
  if (status.podIPs?.length) {
    w.write(0, "IPs:\n");
    for (const { ip } of status.podIPs) w.field(1, "IP", ip);
  } else w.field(0, "IPs", "<none>");
  describeController(pod, w);
  if (status.nominatedNodeName) w.field(0, "NominatedNodeName", status.nominatedNodeName);
  if (spec.resources) {
    w.write(0, "Resources:\n");
    describeResources(spec.resources, w, 1);
  }
  describeAllContainers(pod, w);
  describeConditions(spec, status, w);
  describeVolumes(spec.volumes, w, "");
  w.field(0, "QoS Class", status.qosClass ?? "");
  w.labels("Node-Selectors", spec.nodeSelector);
  describeTolerations("Tolerations", spec.tolerations, w);
  describeSpread(spec.topologySpreadConstraints, w, "");
}

function describePhase({ metadata, status = {} }: Pod, w: DescriptionWriter): void {
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  if (deletionTimestamp && status.phase !== "Failed" && status.phase !== "Succeeded") {
    w.field(0, "Status", `Terminating (lasts ${ageOf(deletionTimestamp, w.nowMs)})`);
    w.field(0, "Termination Grace Period", `${deletionGracePeriodSeconds}s`);
  } else w.field(0, "Status", status.phase ?? "");
  if (status.reason) w.field(0, "Reason", status.reason);
  if (status.message) w.field(0, "Message", status.message);
}

/** `Controlled By:`, when something controls the object. */
export function describeController(object: KubeObject, w: DescriptionWriter): void {
  const owner = controllerOf(object);
  if (owner) w.field(0, "Controlled By", `${owner.kind}/${owner.name}`);
}

function describeAllContainers(pod: Pod, w: DescriptionWriter): void {
  const { spec = {}, status = {} } = pod;
  const resolve = fieldResolver(pod);
  const groups: [
    label: string,
    containers: Loose<models.Container>[] | undefined,
    statuses: Loose<models.ContainerStatus>[] | undefined,
  ][] = [
    ["Init Containers", spec.initContainers, status.initContainerStatuses],
    ["Containers", spec.containers, status.containerStatuses],
    ["Ephemeral Containers", spec.ephemeralContainers, status.ephemeralContainerStatuses],
  ];
  for (const [label, containers, statuses] of groups) {
    if (!containers?.length && label !== "Containers") continue;
    describeContainers(
      { label, containers: containers ?? [], statuses: statuses ?? [], resolve, space: "" },
      w,
    );
  }
}

/** Of a pod's fields kubectl resolves these two alone; for the others it prints their path only. */
function fieldResolver({ metadata }: Pod): FieldResolver {
  return (path) => {
    if (path === "metadata.name") return metadata.name;
    return path === "metadata.namespace" ? metadata.namespace ?? "" : "";
  };
}

function describeConditions(
  spec: Loose<models.PodSpec>,
  { conditions = [] }: Loose<models.PodStatus>,
  w: DescriptionWriter,
): void {
  if (spec.readinessGates?.length) {
    w.write(0, "Readiness Gates:\n  Type\tStatus\n");
    for (const { conditionType } of spec.readinessGates) {
      const state = conditions.find((each) => each.type === conditionType)?.status ?? "<none>";
      w.write(1, `${conditionType} \t${state} \n`);
    }
  }
  if (conditions.length === 0) return;
  w.write(0, "Conditions:\n  Type\tStatus\n");
  for (const condition of conditions) w.write(1, `${condition.type} \t${condition.status} \n`);
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (printTolerationsMultilineWithIndent). */
function describeTolerations(
  title: string,
  tolerations: Loose<models.Toleration>[] | undefined,
  w: DescriptionWriter,
): void {
  if (!tolerations?.length) return w.field(0, title, "<none>");
  tolerations.toSorted((a, b) => compareGo(a.key ?? "", b.key ?? "")).forEach((each, index) => {
    const { key = "", value = "", effect = "", operator, tolerationSeconds } = each;
    let text = key + (value === "" ? "" : `=${value}`) + (effect === "" ? "" : `:${effect}`);
    if (operator === "Exists" && value === "") text += text === "" ? "op=Exists" : " op=Exists";
    if (tolerationSeconds !== undefined) text += ` for ${tolerationSeconds}s`;
    w.write(0, `${index === 0 ? `${title}:` : ""}\t${text}\n`);
  });
}

function describeSpread(
  constraints: Loose<models.TopologySpreadConstraint>[] | undefined,
  w: DescriptionWriter,
  space: string,
): void {
  if (!constraints?.length) return;
  const sorted = constraints.toSorted((a, b) =>
    compareGo(a.topologyKey ?? "", b.topologyKey ?? "")
  );
  sorted.forEach(({ topologyKey, whenUnsatisfiable, maxSkew, labelSelector }, index) => {
    const start = index === 0 ? `${space}Topology Spread Constraints:\t` : `${space}\t`;
    const selector = labelSelector ? ` for selector ${formatSelector(labelSelector)}` : "";
    w.write(
      0,
      `${start}${topologyKey}:${whenUnsatisfiable} when max skew ${maxSkew} is exceeded${selector}\n`,
    );
  });
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (DescribePodTemplate). */
export function describeTemplate(
  { metadata = {}, spec = {} }: Loose<models.PodTemplateSpec> = {},
  w: DescriptionWriter,
): void {
  w.write(0, "Pod Template:\n");
  w.labels("  Labels", metadata.labels);
  if (Object.keys(metadata.annotations ?? {}).length > 0) {
    w.annotations("  Annotations", metadata.annotations);
  }
  if (spec.serviceAccountName) w.field(1, "Service Account", spec.serviceAccountName);
  if (spec.initContainers?.length) {
    describeContainers(
      { label: "Init Containers", containers: spec.initContainers, space: "  " },
      w,
    );
  }
  describeContainers({ label: "Containers", containers: spec.containers ?? [], space: "  " }, w);
  describeVolumes(spec.volumes, w, "  ");
  describeSpread(spec.topologySpreadConstraints, w, "  ");
  if (spec.priorityClassName) w.field(1, "Priority Class Name", spec.priorityClassName);
  w.labels("  Node-Selectors", spec.nodeSelector);
  describeTolerations("  Tolerations", spec.tolerations, w);
}
