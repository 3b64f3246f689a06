import { Quantity } from "../kube/mod.ts";

/** Where a metric of an autoscaler comes from, as its spec names it. */
export type MetricSource = "Object" | "Pods" | "External" | "Resource" | "ContainerResource";

/** A metric of an autoscaler: what it aims at, and what was read last. */
export interface ShownMetric {
  source: MetricSource;
  name: string;
  /** As kube-state-metrics calls it: an amount, an amount for each pod, or percent of what pods request. */
  targetType: "value" | "average" | "utilization";
  target: number;
  /** Undefined when none could be read. */
  current?: number;
  /** What an Object metric is of: `Service`, and its name. */
  of?: { kind: string; name: string };
}

const FIELDS: Record<MetricSource, string> = {
  Object: "object",
  Pods: "pods",
  External: "external",
  Resource: "resource",
  ContainerResource: "containerResource",
};

/** How a target is written in a metric's spec and status, and what kube-state-metrics calls it. */
const TARGETS = [
  ["value", "value"],
  ["averageValue", "average"],
  ["averageUtilization", "utilization"],
] as const;

type Amounts = Partial<Record<typeof TARGETS[number][0], string | number>>;

/** What stands in an entry of `spec.metrics` or `status.currentMetrics` under the field of its type. */
interface Field {
  name?: string;
  metric?: { name: string };
  describedObject?: { kind: string; name: string };
  target?: Amounts;
  current?: Amounts;
}

/** An entry of `spec.metrics` or `status.currentMetrics`: its type, and one field by that. */
type Entry = { type: string } & Readonly<Record<string, Field | undefined>>;

/** A metric from its entries in an HPA's spec and status; undefined where it has no target. */
export function shownMetric(spec: unknown, status: unknown): ShownMetric | undefined {
  const [wanted, shown] = [spec as Entry, status as Entry | undefined];
  const source = wanted.type as MetricSource;
  const field = FIELDS[source];
  const said = wanted[field];
  const [key, targetType] = TARGETS.find(([key]) => said?.target?.[key] !== undefined) ?? [];
  if (key === undefined || said?.target?.[key] === undefined) return undefined;
  const amount = (value: string | number) => Quantity.parse(value).asNumber();
  const current = shown?.type === source ? shown[field]?.current?.[key] : undefined;
  const { describedObject } = said;
  return {
    source,
    name: said.metric?.name ?? said.name ?? "",
    targetType,
    target: amount(said.target[key]),
    ...(current === undefined ? {} : { current: amount(current) }),
    ...(describedObject ? { of: { kind: describedObject.kind, name: describedObject.name } } : {}),
  };
}
