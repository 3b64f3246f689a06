import { type BuiltInKinds, Quantity } from "../../../kube/mod.ts";
import { sanitizeLabelName } from "../../../promql/mod.ts";
import { HELP } from "./help.ts";

/** One line of a family: labels beside the object's own, and a value. */
export type Line = [labels: readonly (readonly [name: string, value: unknown])[], value: number];

/** A metric family and what an object adds to it; a bare number is one line without more labels. */
export interface Family<Kind extends Stored = Stored> {
  name: string;
  type: "gauge" | "counter";
  help: string;
  lines(object: Kind): readonly Line[] | number | undefined;
}

/** All families of one resource. */
export interface Collector<Resource extends keyof BuiltInKinds = keyof BuiltInKinds> {
  /** The name `--resources` has for it. */
  name: string;
  resource: Resource;
  /** Labels that every line of an object has. */
  labels: (object: Stored) => readonly (readonly [name: string, value: unknown])[];
  families: readonly Family<BuiltInKinds[Resource]>[];
}

/** What every object has. */
export type Stored = BuiltInKinds[keyof BuiltInKinds];

export function gauge<Kind extends Stored>(
  name: string,
  lines: Family<Kind>["lines"],
): Family<Kind> {
  return { name, type: "gauge", help: HELP[name], lines };
}

export function counter<Kind extends Stored>(
  name: string,
  lines: Family<Kind>["lines"],
): Family<Kind> {
  return { name, type: "counter", help: HELP[name], lines };
}

/** A time as the seconds metrics have; undefined when there is none. */
export function seconds(time: string | undefined | null): number | undefined {
  return time ? Math.floor(Date.parse(time) / 1000) : undefined;
}

/** A quantity as a number, in cores or bytes. */
export function quantity(text: string | number): number {
  return Quantity.parse(text).asNumber();
}

const STATUSES = ["true", "false", "unknown"];

/** A line for each of a condition's possible states. */
export function conditionLines(
  conditions: readonly { type: string; status: string }[] = [],
  withReason = false,
): Line[] {
  return conditions.flatMap((condition) =>
    STATUSES.map((status): Line => [
      [
        ...(withReason
          ? [["reason", (condition as { reason?: string }).reason ?? ""] as const]
          : []),
        ["condition", condition.type],
        ["status", status],
      ],
      condition.status.toLowerCase() === status ? 1 : 0,
    ])
  );
}

/** Who owns an object; one line with empty labels when nobody does. */
export function ownerLines(object: Stored): Line[] {
  const owners = object.metadata.ownerReferences ?? [];
  const line = (kind: string, name: string, isController: string): Line => [
    [["owner_kind", kind], ["owner_name", name], ["owner_is_controller", isController]],
    1,
  ];
  return owners.length === 0
    ? [line("", "", "")]
    : owners.map((owner) => line(owner.kind, owner.name, String(owner.controller ?? false)));
}

const UNITS: Record<string, string> = {
  cpu: "core",
  memory: "byte",
  storage: "byte",
  "ephemeral-storage": "byte",
  pods: "integer",
};

/** Resources with their units, each as labels and a number. */
export function resourceLines(
  resources: Readonly<Record<string, string | number>> | undefined,
  more: readonly (readonly [string, unknown])[] = [],
): Line[] {
  return Object.entries(resources ?? {}).map(([name, value]): Line => [
    [
      ...more,
      ["resource", sanitizeLabelName(name)],
      ["unit", UNITS[name] ?? (name.startsWith("hugepages-") ? "byte" : "integer")],
    ],
    quantity(value),
  ]);
}
