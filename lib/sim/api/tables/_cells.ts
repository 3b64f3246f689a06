import { humanDuration } from "../../../go/mod.ts";
import type { KubeObject, Loose, models } from "../../../kube/mod.ts";

/** A column of a `Table`; priority 1 is shown by `-o wide` alone. */
export interface Column {
  name: string;
  type: string;
  format: string;
  description: string;
  priority: number;
}

/** What a cell may hold in JSON. */
export type Cell = string | number | boolean | null | undefined;

/** How objects of one resource are shown. */
export interface Printer {
  columns: readonly Column[];
  /** Cells of one object, wide ones included, in the order of the columns. */
  cells(object: KubeObject, nowMs: number): Cell[];
  /** Conditions of the row, when the object is over and done with. */
  conditions?(object: KubeObject): unknown[] | undefined;
  /** The order of rows; that of the objects without. */
  order?(a: KubeObject, b: KubeObject): number;
}

/** Columns from `Name:name, Desired:integer, IP:wide`: words after a colon are a format, a type, or `wide`. */
export function columns(text: string): Column[] {
  return text.split(/,\s*/).map((part) => {
    const [name, ...words] = part.split(":");
    return {
      name,
      type: words.find((word) => ["integer", "boolean", "date"].includes(word)) ?? "string",
      format: words.includes("name") ? "name" : "",
      description: "",
      priority: words.includes("wide") ? 1 : 0,
    };
  });
}

/** How long ago `timestamp` was. Source: kubernetes/kubernetes pkg/printers/internalversion/printers.go. */
export function since(timestamp: string | null | undefined, nowMs: number): string {
  return timestamp ? humanDuration(nowMs - Date.parse(timestamp)) : "<unknown>";
}

export function age(object: KubeObject, nowMs: number): string {
  return since(object.metadata.creationTimestamp, nowMs);
}

/** `a=1,b=2` by key, or `<none>`. */
export function labelsText(labels: Record<string, string> | undefined): string {
  const text = Object.keys(labels ?? {}).sort().map((key) => `${key}=${labels![key]}`).join(",");
  return text || "<none>";
}

/** The names and the images of containers, each joined by commas. */
export function containerTexts(
  template: Loose<models.PodTemplateSpec> | undefined,
): [names: string, images: string] {
  const containers = template?.spec?.containers ?? [];
  return [
    containers.map(({ name }) => name).join(","),
    containers.map(({ image }) => image).join(","),
  ];
}

/** At most `max` of `items`, and how many more there are. */
export function firstOf(items: string[], max: number, separator = ","): string {
  const text = items.slice(0, max).join(separator);
  return items.length > max ? `${text} + ${items.length - max} more...` : text;
}

/** How many entries a map has. */
export function count(map: Record<string, unknown> | undefined): number {
  return Object.keys(map ?? {}).length;
}
