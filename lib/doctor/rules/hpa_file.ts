import type { HpaSpec, MetricSpec } from "../../autoscale/mod.ts";
import { fromYaml, parseYaml, YamlError, type YamlNode } from "../../go/mod.ts";
import { InputError, said } from "../said.ts";
import { documentsOf } from "../yaml_documents.ts";
import { type Place, valueOf } from "./rules_file.ts";

/** An HPA, from a file or from a cluster. */
export interface FiledHpa {
  name: string;
  namespace: string;
  spec: HpaSpec;
  /** Where a field of `spec` stands, by its path (`metrics.0.object.target`); undefined for an HPA of a cluster. */
  placeOf(field: string): Place | undefined;
}

/** The HPAs of a file. Errors: InputError. */
export function readHpaFile(text: string, name: string): FiledHpa[] {
  try {
    return documentsOf(text).flatMap((document) => {
      const object = fromYaml(document.text) as any;
      const root = parseYaml(document.text);
      if (object?.kind !== "HorizontalPodAutoscaler" || !root) return [];
      const placeOf = (field: string) => {
        const { line, column } = nodeAt(root, ["spec", ...field.split(".")]);
        return { file: name, line: line + document.line - 1, column };
      };
      const strange = strangeMetric(object.spec);
      if (strange) {
        const { line, column } = placeOf(strange);
        throw new InputError(said(
          `${name}:${line}:${column}: spec.${strange} is not as an HPA of autoscaling/v2 has it (kubectl explain hpa.spec.metrics)`,
          `${name}:${line}:${column}: spec.${strange}이(가) autoscaling/v2의 HPA와 다릅니다 (kubectl explain hpa.spec.metrics)`,
        ));
      }
      return {
        name: object.metadata?.name ?? "",
        namespace: object.metadata?.namespace ?? "default",
        spec: object.spec,
        placeOf,
      };
    });
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw new InputError(said(
      `${name} cannot be read: ${error.message}`,
      `${name}을(를) 읽을 수 없습니다: ${error.message}`,
    ));
  }
}

/** The first part of a spec that an HPA cannot have: what is read below is then there. */
function strangeMetric(spec: any): string | undefined {
  if (typeof spec?.maxReplicas !== "number") return "maxReplicas";
  if (typeof spec.scaleTargetRef?.name !== "string") return "scaleTargetRef";
  if (!Array.isArray(spec.metrics ?? [])) return "metrics";
  for (const [index, metric] of (spec.metrics ?? []).entries()) {
    const at = `metrics.${index}`;
    const field = FIELDS[metric?.type];
    if (!field) return `${at}.type`;
    const { [field]: source } = metric;
    if (typeof source?.target !== "object" || source.target === null) {
      return `${at}.${field}.target`;
    }
    const isNamed = typeof (source.metric?.name ?? source.name) === "string";
    if (!isNamed) return `${at}.${field}`;
    if (field === "object" && typeof source.describedObject?.kind !== "string") {
      return `${at}.object.describedObject`;
    }
  }
}

const FIELDS: Record<string, string> = {
  Object: "object",
  Pods: "pods",
  External: "external",
  Resource: "resource",
  ContainerResource: "containerResource",
};

/** As far down a path as there is something. */
function nodeAt(root: YamlNode, path: readonly string[]): YamlNode {
  let at = root;
  for (const part of path) {
    const next = at.kind === "map"
      ? valueOf(at, part)
      : at.kind === "list"
      ? at.items[Number(part)]
      : undefined;
    if (!next) break;
    at = next;
  }
  return at;
}

const APIS: Record<string, "custom" | "external" | "resource"> = {
  Object: "custom",
  Pods: "custom",
  External: "external",
  Resource: "resource",
  ContainerResource: "resource",
};

/** What a metric of an HPA is called, which API is asked for it, and its field in the spec. */
export function metricOf(spec: MetricSpec) {
  const { type } = spec;
  const source = spec.object ?? spec.pods ?? spec.external;
  const name = source?.metric.name ?? (spec.resource ?? spec.containerResource)!.name;
  return { name, api: APIS[type], field: FIELDS[type] };
}
