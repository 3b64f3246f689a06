import { compareGo } from "../../../go/mod.ts";
import {
  type BuiltInKinds,
  type Condition,
  conditionOf,
  type Event,
  type KubeObject,
  type Loose,
  type models,
  type ObjectOf,
  type PriorityClass,
  quantityText,
} from "../../../kube/mod.ts";
import { age, columns, type Printer, since } from "./_cells.ts";

/** Source: kubernetes/kubernetes pkg/printers/internalversion/printers.go; kube-aggregator pkg/registry/apiservice/etcd/etcd.go. */
export const clusterPrinters: Record<string, Printer> = {
  nodes: {
    columns: columns(
      "Name:name, Status, Roles, Age, Version, Internal-IP:wide, External-IP:wide, OS-Image:wide, Kernel-Version:wide, Container-Runtime:wide",
    ),
    cells: (node, nowMs) => {
      const info: Partial<models.NodeSystemInfo> = node.status?.nodeInfo ?? {};
      const arch = info.architecture ? ` (${info.architecture})` : "";
      return [
        node.metadata.name,
        nodeStatus(node),
        nodeRoles(node),
        age(node, nowMs),
        info.kubeletVersion ?? "",
        nodeAddress(node, "InternalIP"),
        nodeAddress(node, "ExternalIP"),
        info.osImage || "<unknown>",
        `${info.kernelVersion || "<unknown>"}${arch}`,
        info.containerRuntimeVersion || "<unknown>",
      ];
    },
  },
  namespaces: {
    columns: columns("Name:name, Status, Age"),
    cells: (object, nowMs) => [
      object.metadata.name,
      object.status?.phase ?? "",
      age(object, nowMs),
    ],
  },
  configmaps: {
    columns: columns("Name:name, Data, Age"),
    cells: (object: ObjectOf<"configmaps">, nowMs) => [
      object.metadata.name,
      count(object.data) + count(object.binaryData),
      age(object, nowMs),
    ],
  },
  secrets: {
    columns: columns("Name:name, Type, Data, Age"),
    cells: (object: ObjectOf<"secrets">, nowMs) => [
      object.metadata.name,
      object.type ?? "",
      count(object.data),
      age(object, nowMs),
    ],
  },
  serviceaccounts: {
    columns: columns("Name:name, Age"),
    cells: (object, nowMs) => [object.metadata.name, age(object, nowMs)],
  },
  events: {
    columns: columns(
      "Last Seen, Type, Reason, Object, Subobject:wide, Source:wide, Message, First Seen:wide, Count:wide, Name:name:wide",
    ),
    cells: eventCells,
  },
  "flowschemas.flowcontrol.apiserver.k8s.io": {
    columns: columns(
      "Name:name, PriorityLevel, MatchingPrecedence, DistinguisherMethod, Age, MissingPL",
    ),
    // Source: kubernetes/apiserver pkg/util/apihelpers/helpers.go (FlowSchemaSequence).
    order: (a, b) =>
      a.spec.matchingPrecedence - b.spec.matchingPrecedence ||
      compareGo(a.metadata.name, b.metadata.name),
    cells: (object, nowMs) => {
      const { priorityLevelConfiguration, matchingPrecedence, distinguisherMethod } = object.spec;
      return [
        object.metadata.name,
        priorityLevelConfiguration.name,
        matchingPrecedence,
        distinguisherMethod?.type ?? "<none>",
        age(object, nowMs),
        conditionOf(object, "Dangling")?.status ?? "?",
      ];
    },
  },
  "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": {
    columns: columns(
      "Name:name, Type, NominalConcurrencyShares, Queues, HandSize, QueueLengthLimit, Age",
    ),
    cells: (object, nowMs) => {
      const { type, limited } = object.spec;
      const { queues, handSize, queueLengthLimit } = limited?.limitResponse?.queuing ?? {};
      const shares = limited?.nominalConcurrencyShares;
      return [
        object.metadata.name,
        type,
        ...[shares, queues, handSize, queueLengthLimit].map((value) => value ?? "<none>"),
        age(object, nowMs),
      ];
    },
  },
  componentstatuses: {
    columns: columns("Name:name, Status, Message, Error"),
    cells: ({ metadata, conditions }: KubeObject & { conditions?: Condition[] }) => {
      const healthy: Condition & { error?: string } | undefined = conditionOf(
        { status: { conditions } },
        "Healthy",
      );
      const status = !healthy ? "Unknown" : healthy.status === "True" ? "Healthy" : "Unhealthy";
      return [metadata.name, status, healthy?.message ?? "", healthy?.error ?? ""];
    },
  },
  resourcequotas: {
    columns: columns("Name:name, Request, Limit, Age"),
    cells: (object, nowMs) => {
      const { hard = {}, used = {} } = object.status ?? {};
      const names = Object.keys(hard).sort(compareGo);
      const text = (limits: boolean) =>
        names.filter((name) => (/^limits\./.test(name)) === limits)
          .map((name) => `${name}: ${quantityText(used[name])}/${quantityText(hard[name])}`).join(
            ", ",
          );
      return [object.metadata.name, text(false), text(true), age(object, nowMs)];
    },
  },
  "leases.coordination.k8s.io": {
    columns: columns("Name:name, Holder, Age"),
    cells: (object, nowMs) => [
      object.metadata.name,
      object.spec?.holderIdentity ?? "",
      age(object, nowMs),
    ],
  },
  "apiservices.apiregistration.k8s.io": {
    columns: columns("Name:name, Service, Available, Age"),
    cells: (object, nowMs) => {
      const service = object.spec?.service;
      const available = conditionOf(object, "Available");
      return [
        object.metadata.name,
        service ? `${service.namespace}/${service.name}` : "Local",
        !available
          ? "Unknown"
          : available.status === "True"
          ? "True"
          : `${available.status} (${available.reason})`,
        age(object, nowMs),
      ];
    },
  },
  "priorityclasses.scheduling.k8s.io": {
    columns: columns(
      "Name:name, Value:integer, Global-Default:boolean, Age, PreemptionPolicy",
    ),
    cells: (object: PriorityClass, nowMs) => [
      object.metadata.name,
      object.value ?? 0,
      object.globalDefault ?? false,
      age(object, nowMs),
      object.preemptionPolicy ?? "",
    ],
  },
  "runtimeclasses.node.k8s.io": {
    columns: columns("Name:name, Handler, Age"),
    cells: (object: KubeObject & { handler?: string }, nowMs) => [
      object.metadata.name,
      object.handler ?? "",
      age(object, nowMs),
    ],
  },
  "poddisruptionbudgets.policy": {
    columns: columns("Name:name, Min Available, Max Unavailable, Allowed Disruptions:integer, Age"),
    cells: (object, nowMs) => [
      object.metadata.name,
      String(object.spec?.minAvailable ?? "N/A"),
      String(object.spec?.maxUnavailable ?? "N/A"),
      object.status?.disruptionsAllowed ?? 0,
      age(object, nowMs),
    ],
  },
};

function count(map: Record<string, unknown> | undefined): number {
  return Object.keys(map ?? {}).length;
}

function nodeStatus(node: KubeObject): string {
  const ready = conditionOf(node, "Ready");
  const texts = [!ready ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady"];
  if (node.spec?.unschedulable) texts.push("SchedulingDisabled");
  return texts.join(",");
}

const ROLE_PREFIX = "node-role.kubernetes.io/";

function nodeRoles({ metadata }: KubeObject): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX) && key !== ROLE_PREFIX) {
      roles.add(key.slice(ROLE_PREFIX.length));
    } else if (key === "kubernetes.io/role" && value) roles.add(value);
  }
  return [...roles].sort(compareGo).join(",") || "<none>";
}

function nodeAddress({ status }: Loose<BuiltInKinds["nodes"]>, type: string): string {
  return (status?.addresses ?? []).find((a) => a.type === type)?.address ?? "<none>";
}

function eventCells(event: Event, nowMs: number) {
  const first = since(event.firstTimestamp || event.eventTime, nowMs);
  const last = event.series
    ? since(event.series.lastObservedTime, nowMs)
    : event.lastTimestamp
    ? since(event.lastTimestamp, nowMs)
    : first;
  const { kind = "", name, fieldPath = "" } = event.involvedObject ?? {};
  const component = event.source?.component || event.reportingComponent || "";
  const instance = event.source?.host || event.reportingInstance || "";
  return [
    last,
    event.type ?? "",
    event.reason ?? "",
    name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase(),
    fieldPath,
    instance ? `${component}, ${instance}` : component,
    (event.message ?? "").trim(),
    first,
    event.series ? event.series.count ?? 0 : event.count || 1,
    event.metadata.name,
  ];
}
