import { humanDuration } from "../../../go/mod.ts";
import {
  controllerOf,
  formatSelector,
  isConditionTrue,
  type KubeObject,
  type ObjectOf,
} from "../../../kube/mod.ts";
import { age, columns, containerTexts, labelsText, type Printer, since } from "./_cells.ts";

const REPLICAS = columns(
  "Name:name, Desired:integer, Current:integer, Ready:integer, Age, Containers:wide, Images:wide, Selector:wide",
);

function replicaCells(object: KubeObject, nowMs: number) {
  const { spec, status = {} } = object;
  return [
    object.metadata.name,
    spec.replicas ?? 0,
    status.replicas ?? 0,
    status.readyReplicas ?? 0,
    age(object, nowMs),
    ...containerTexts(spec.template),
  ];
}

/** Source: kubernetes/kubernetes pkg/printers/internalversion/printers.go. */
export const workloadPrinters: Record<string, Printer> = {
  "deployments.apps": {
    columns: columns(
      "Name:name, Ready, Up-to-date, Available, Age, Containers:wide, Images:wide, Selector:wide",
    ),
    cells: (object, nowMs) => {
      const { metadata, spec, status = {} } = object;
      return [
        metadata.name,
        `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
        status.updatedReplicas ?? 0,
        status.availableReplicas ?? 0,
        age(object, nowMs),
        ...containerTexts(spec.template),
        formatSelector(spec.selector, ""),
      ];
    },
  },
  "replicasets.apps": {
    columns: REPLICAS,
    cells: (
      object,
      nowMs,
    ) => [...replicaCells(object, nowMs), formatSelector(object.spec.selector)],
  },
  replicationcontrollers: {
    columns: REPLICAS,
    cells: (object, nowMs) => [...replicaCells(object, nowMs), labelsText(object.spec.selector)],
  },
  "statefulsets.apps": {
    columns: columns("Name:name, Ready, Age, Containers:wide, Images:wide"),
    cells: (object, nowMs) => {
      const { metadata, spec, status = {} } = object;
      return [
        metadata.name,
        `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
        age(object, nowMs),
        ...containerTexts(spec.template),
      ];
    },
  },
  "daemonsets.apps": {
    columns: columns(
      "Name:name, Desired:integer, Current:integer, Ready:integer, Up-to-date:integer, Available:integer, Node Selector, Age, Containers:wide, Images:wide, Selector:wide",
    ),
    cells: (object, nowMs) => {
      const { metadata, spec, status = {} } = object;
      return [
        metadata.name,
        status.desiredNumberScheduled ?? 0,
        status.currentNumberScheduled ?? 0,
        status.numberReady ?? 0,
        status.updatedNumberScheduled ?? 0,
        status.numberAvailable ?? 0,
        labelsText(spec.template?.spec?.nodeSelector),
        age(object, nowMs),
        ...containerTexts(spec.template),
        formatSelector(spec.selector),
      ];
    },
  },
  "controllerrevisions.apps": {
    columns: columns("Name:name, Controller, Revision, Age"),
    cells: (object: ObjectOf<"controllerrevisions.apps">, nowMs) => [
      object.metadata.name,
      controllerText(object),
      object.revision ?? 0,
      age(object, nowMs),
    ],
  },
  "jobs.batch": {
    columns: columns(
      "Name:name, Status, Completions, Duration, Age, Containers:wide, Images:wide, Selector:wide",
    ),
    cells: (object, nowMs) => [
      object.metadata.name,
      jobStatus(object),
      completions(object),
      jobDuration(object, nowMs),
      age(object, nowMs),
      ...containerTexts(object.spec.template),
      formatSelector(object.spec.selector),
    ],
  },
  "cronjobs.batch": {
    columns: columns(
      "Name:name, Schedule, Timezone, Suspend:boolean, Active:integer, Last Schedule, Age, Containers:wide, Images:wide, Selector:wide",
    ),
    cells: (object, nowMs) => {
      const { metadata, spec, status = {} } = object;
      return [
        metadata.name,
        spec.schedule,
        spec.timeZone ?? "<none>",
        spec.suspend === undefined ? "<unset>" : spec.suspend ? "True" : "False",
        (status.active ?? []).length,
        status.lastScheduleTime ? since(status.lastScheduleTime, nowMs) : "<none>",
        age(object, nowMs),
        ...containerTexts(spec.jobTemplate?.spec?.template),
        formatSelector(spec.jobTemplate?.spec?.selector),
      ];
    },
  },
};

function controllerText(object: KubeObject): string {
  const owner = controllerOf(object);
  if (!owner) return "<none>";
  const group = owner.apiVersion.includes("/") ? `.${owner.apiVersion.split("/")[0]}` : "";
  return `${`${owner.kind}${group}`.toLowerCase()}/${owner.name}`;
}

const JOB_STATES: readonly [condition: string, text: string][] = [
  ["Suspended", "Suspended"],
  ["FailureTarget", "FailureTarget"],
  ["SuccessCriteriaMet", "SuccessCriteriaMet"],
];

function jobStatus(job: KubeObject): string {
  const { metadata } = job;
  const has = (type: string) => isConditionTrue(job, type);
  if (has("Complete")) return "Complete";
  if (has("Failed")) return "Failed";
  if (metadata.deletionTimestamp) return "Terminating";
  return JOB_STATES.find(([condition]) => has(condition))?.[1] ?? "Running";
}

function completions({ spec, status }: KubeObject): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec.completions !== undefined) return `${succeeded}/${spec.completions}`;
  return (spec.parallelism ?? 0) > 1 ? `${succeeded}/1 of ${spec.parallelism}` : `${succeeded}/1`;
}

function jobDuration({ status }: KubeObject, nowMs: number): string {
  if (!status?.startTime) return "";
  const endMs = status.completionTime ? Date.parse(status.completionTime) : nowMs;
  return humanDuration(endMs - Date.parse(status.startTime));
}
