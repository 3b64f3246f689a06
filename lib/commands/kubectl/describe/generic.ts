import type { KubeObject } from "../../../kube/mod.ts";
import { goSprint, isMap, sortedKeys } from "../../../go/mod.ts";
import type { DescriptionWriter } from "./writer.ts";

const SKIPPED = new Set([
  ".metadata.managedFields",
  ".metadata.name",
  ".metadata.namespace",
  ".metadata.labels",
  ".metadata.annotations",
]);

/**
 * Any object: its fields, titled by their names.
 * Source: kubernetes/kubectl pkg/describe/describe.go (genericDescriber, printUnstructuredContent).
 */
export function describeGeneric(object: KubeObject, w: DescriptionWriter): void {
  w.field(0, "Name", object.metadata.name);
  w.field(0, "Namespace", object.metadata.namespace ?? "");
  w.labels("Labels", object.metadata.labels);
  w.annotations("Annotations", object.metadata.annotations);
  describeFields(object, 0, "", w);
}

function describeFields(content: object, level: number, path: string, w: DescriptionWriter): void {
  for (const field of sortedKeys(content)) {
    const value = (content as Record<string, unknown>)[field];
    const fieldPath = `${path}.${field}`;
    if (SKIPPED.has(fieldPath)) continue;
    const title = smartLabel(field);
    if (Array.isArray(value)) {
      w.write(level, `${title}:\n`);
      for (const item of value) {
        if (isMap(item)) describeFields(item, level + 1, fieldPath, w);
        else w.write(level + 1, `${goSprint(item)}\n`);
      }
    } else if (isMap(value)) {
      w.write(level, `${title}:\n`);
      describeFields(value, level + 1, fieldPath, w);
    } else w.write(level, `${title}:\t${goSprint(value)}\n`);
  }
}

const ACRONYMS = new Set(["API", "URL", "UID", "GUID"]);

/** `scaleTargetRef` as `Scale Target Ref`, `apiVersion` as `API Version`. */
export function smartLabel(field: string): string {
  if (!/^[\p{L}-]*$/u.test(field)) return field;
  const parts = splitCamelCase(field);
  const merged: string[] = [];
  for (let i = 0; i < parts.length; i++) {
    const next = parts[i + 1];
    const isAcronym = parts[i].length >= 2 && !/\p{Ll}/u.test(parts[i]);
    if (isAcronym && next !== undefined && /^\p{Lu}/u.test(next)) {
      merged.push(parts[i] + next);
      i++;
    } else merged.push(parts[i]);
  }
  return merged.map((part) => {
    if (ACRONYMS.has(part.toUpperCase())) return part.toUpperCase();
    return part.toLowerCase() === part ? part.charAt(0).toUpperCase() + part.slice(1) : part;
  }).join(" ");
}

/** Source: github.com/fatih/camelcase: runs of lower, upper and other characters; `HTTPGet` is `HTTP`, `Get`. */
function splitCamelCase(text: string): string[] {
  const runs = text.match(/\p{Ll}+|\p{Lu}+|[^\p{Ll}\p{Lu}]+/gu) ?? [];
  for (let i = 0; i < runs.length - 1; i++) {
    if (/^\p{Lu}/u.test(runs[i]) && /^\p{Ll}/u.test(runs[i + 1])) {
      const last = [...runs[i]].at(-1)!;
      runs[i + 1] = last + runs[i + 1];
      runs[i] = runs[i].slice(0, -last.length);
    }
  }
  return runs.filter((run) => run !== "");
}
