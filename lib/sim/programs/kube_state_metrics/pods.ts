import { type BuiltInKinds, conditionOf, type models } from "../../../kube/mod.ts";
import {
  type Collector,
  counter,
  type Family,
  gauge,
  type Line,
  ownerLines,
  resourceLines,
  seconds,
} from "./family.ts";

const PHASES = ["Pending", "Succeeded", "Failed", "Unknown", "Running"];
const REASONS = ["Evicted", "NodeAffinity", "NodeLost", "Shutdown", "UnexpectedAdmissionError"];
const QOS = ["BestEffort", "Burstable", "Guaranteed"];

type Pod = BuiltInKinds["pods"];
type StatusField = "containerStatuses" | "initContainerStatuses";

/** Source: kubernetes/kube-state-metrics internal/store/pod.go. */
export const pods: Collector<"pods"> = {
  name: "pods",
  resource: "pods",
  labels: ({ metadata }) => [
    ["namespace", metadata.namespace],
    ["pod", metadata.name],
    ["uid", metadata.uid],
  ],
  families: [
    gauge("kube_pod_completion_time", completionTime),
    ...containerFamilies("containerStatuses", "containers", "kube_pod_container"),
    gauge("kube_pod_container_resource_limits", (pod) => containerResources(pod, "limits")),
    gauge("kube_pod_container_resource_requests", (pod) => containerResources(pod, "requests")),
    gauge(
      "kube_pod_container_state_started",
      (pod) =>
        statuses(pod, "containerStatuses").flatMap(({ name, state }): Line[] => {
          const at = seconds(state?.running?.startedAt ?? state?.terminated?.startedAt);
          return at === undefined ? [] : [[[["container", name]], at]];
        }),
    ),
    gauge(
      "kube_pod_container_status_last_terminated_reason",
      (pod) => lastTerminated(pod, ({ reason }) => [[["reason", reason ?? ""]], 1]),
    ),
    gauge(
      "kube_pod_container_status_last_terminated_exitcode",
      (pod) => lastTerminated(pod, ({ exitCode }) => [[], exitCode]),
    ),
    gauge(
      "kube_pod_container_status_terminated_reason",
      (pod) => byReason(pod, "containerStatuses", "terminated"),
    ),
    gauge(
      "kube_pod_container_status_waiting_reason",
      (pod) => byReason(pod, "containerStatuses", "waiting"),
    ),
    gauge("kube_pod_created", ({ metadata }) => seconds(metadata.creationTimestamp)),
    gauge("kube_pod_deletion_timestamp", ({ metadata }) => seconds(metadata.deletionTimestamp)),
    gauge("kube_pod_info", info),
    gauge(
      "kube_pod_ips",
      ({ status }) =>
        (status?.podIPs ?? []).map(({ ip }): Line => [
          [["ip", ip], ["ip_family", ip.includes(":") ? "6" : "4"]],
          1,
        ]),
    ),
    ...containerFamilies(
      "initContainerStatuses",
      "initContainers",
      "kube_pod_init_container",
    ),
    gauge("kube_pod_owner", ownerLines),
    gauge("kube_pod_restart_policy", ({ spec }) => [[[["type", spec?.restartPolicy]], 1]]),
    gauge("kube_pod_service_account", ({ spec }) => [
      [[["service_account", spec?.serviceAccountName ?? ""]], 1],
    ]),
    gauge("kube_pod_start_time", ({ status }) => seconds(status?.startTime)),
    gauge(
      "kube_pod_status_phase",
      ({ status }) =>
        status?.phase
          ? PHASES.map((phase): Line => [[["phase", phase]], status.phase === phase ? 1 : 0])
          : [],
    ),
    gauge("kube_pod_status_initialized_time", (pod) => conditionTime(pod, "Initialized")),
    gauge("kube_pod_status_container_ready_time", (pod) => conditionTime(pod, "ContainersReady")),
    gauge("kube_pod_status_ready_time", (pod) => conditionTime(pod, "Ready")),
    gauge(
      "kube_pod_status_qos_class",
      ({ status }) =>
        status?.qosClass
          ? QOS.map((one): Line => [[["qos_class", one]], status.qosClass === one ? 1 : 0])
          : [],
    ),
    gauge("kube_pod_status_ready", (pod) => conditionStates(pod, "Ready")),
    gauge("kube_pod_status_reason", ({ status }) => {
      const reason = status?.reason ?? "";
      if (reason === "") return [];
      return [[[["reason", REASONS.includes(reason) ? reason : "Other"]], 1]];
    }),
    gauge("kube_pod_status_scheduled", (pod) => conditionStates(pod, "PodScheduled")),
    gauge("kube_pod_status_scheduled_time", (pod) => conditionTime(pod, "PodScheduled")),
    gauge(
      "kube_pod_status_unschedulable",
      ({ status }) =>
        status?.conditions?.some((one) =>
            one.type === "PodScheduled" && one.reason === "Unschedulable" && one.status === "False"
          )
          ? 1
          : undefined,
    ),
    gauge("kube_pod_tolerations", ({ spec }) =>
      (spec?.tolerations ?? []).map((one): Line => [
        [
          ...(one.key ? [["key", one.key] as const] : []),
          ...(one.operator ? [["operator", one.operator] as const] : []),
          ...(one.value ? [["value", one.value] as const] : []),
          ...(one.effect ? [["effect", one.effect] as const] : []),
          ...(one.tolerationSeconds === undefined
            ? []
            : [["toleration_seconds", one.tolerationSeconds] as const]),
        ],
        1,
      ])),
  ],
};

function statuses(pod: Pod, field: StatusField): models.ContainerStatus[] {
  return pod.status?.[field] ?? [];
}

function containerFamilies(
  field: StatusField,
  specs: "containers" | "initContainers",
  prefix: string,
): Family<Pod>[] {
  const each = (value: (status: models.ContainerStatus) => number) => (pod: Pod) =>
    statuses(pod, field).map((status): Line => [[["container", status.name]], value(status)]);
  const is = (state: "waiting" | "running" | "terminated") =>
    each((status) => status.state?.[state] ? 1 : 0);
  return [
    gauge(
      `${prefix}_info`,
      (pod) =>
        (pod.spec?.[specs] ?? []).flatMap((container): Line[] => {
          const status = statuses(pod, field).find(({ name }) => name === container.name);
          return status
            ? [[[
              ["container", status.name],
              ["image_spec", container.image],
              ["image", status.image],
              ["image_id", status.imageID],
              ["container_id", status.containerID ?? ""],
            ], 1]]
            : [];
        }),
    ),
    gauge(`${prefix}_status_ready`, each(({ ready }) => ready ? 1 : 0)),
    counter(`${prefix}_status_restarts_total`, each(({ restartCount }) => restartCount)),
    gauge(`${prefix}_status_running`, is("running")),
    gauge(`${prefix}_status_terminated`, is("terminated")),
    gauge(`${prefix}_status_waiting`, is("waiting")),
  ];
}

function byReason(pod: Pod, field: StatusField, state: "waiting" | "terminated"): Line[] {
  return statuses(pod, field).flatMap((status): Line[] =>
    status.state?.[state]
      ? [[[["container", status.name], ["reason", status.state[state].reason ?? ""]], 1]]
      : []
  );
}

function lastTerminated(
  pod: Pod,
  line: (terminated: models.ContainerStateTerminated) => Line,
): Line[] {
  return statuses(pod, "containerStatuses").flatMap(({ name, lastState }): Line[] => {
    if (!lastState?.terminated) return [];
    const [labels, value] = line(lastState.terminated);
    return [[[["container", name], ...labels], value]];
  });
}

function completionTime(pod: Pod): number | undefined {
  const ends = statuses(pod, "containerStatuses")
    .flatMap(({ state }) => seconds(state?.terminated?.finishedAt) ?? []);
  const isOver = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
  return isOver && ends.length > 0 ? Math.max(...ends) : undefined;
}

function containerResources(pod: Pod, kind: "requests" | "limits"): Line[] {
  return (pod.spec?.containers ?? []).flatMap((container) =>
    resourceLines(container.resources?.[kind], [
      ["container", container.name],
      ["node", pod.spec?.nodeName ?? ""],
    ])
  );
}

function info({ metadata, spec, status }: Pod): Line[] {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  return [[[
    ["host_ip", status?.hostIP ?? ""],
    ["pod_ip", status?.podIP ?? ""],
    ["node", spec?.nodeName ?? ""],
    ["created_by_kind", owner?.kind ?? ""],
    ["created_by_name", owner?.name ?? ""],
    ["priority_class", spec?.priorityClassName ?? ""],
    ["host_network", spec?.hostNetwork ?? false],
  ], 1]];
}

function conditionTime(pod: Pod, type: string): number | undefined {
  const condition = conditionOf(pod, type);
  return condition?.status === "True" ? seconds(condition.lastTransitionTime) : undefined;
}

function conditionStates(pod: Pod, type: string): Line[] {
  const condition = conditionOf(pod, type);
  if (!condition) return [];
  return ["true", "false", "unknown"].map((state): Line => [
    [["condition", state]],
    condition.status.toLowerCase() === state ? 1 : 0,
  ]);
}
