import { type HpaSpec, metricsApiOf, type MetricSpec } from "../../autoscale/mod.ts";
import { fromYaml, isMap, parseYaml, YamlError, type YamlNode } from "../../go/mod.ts";
import { yamlSlip } from "../../rules/mod.ts";
import { InputError, said } from "../said.ts";
import { documentsOf, type YamlDocument } from "../yaml_documents.ts";
import { SOURCE_FIELDS, strangePart } from "./_hpa_shape.ts";
import { type Place, valueOf } from "./rules_file.ts";

/** An HPA, from a file or from a cluster. */
export interface FiledHpa {
  name: string;
  namespace: string;
  spec: HpaSpec;
  /** Where a field of `spec` stands, by its path (`metrics.0.object.target`); undefined for an HPA of a cluster. */
  placeOf(field: string): Place | undefined;
}

/** The HPAs of a file, those of lists too. Errors: InputError. */
export function readHpaFile(text: string, file: string): FiledHpa[] {
  return objectsOf(text, file).flatMap(({ object, placeOf }) => {
    if (object.kind !== "HorizontalPodAutoscaler") return [];
    const { name, namespace } = namesOf({ object, placeOf });
    const spec = defaulted(object.spec ?? {});
    const strange = strangePart(spec);
    if (strange) throw misshapen(`spec.${strange}`, placeOf(`spec.${strange}`));
    return [{
      name,
      namespace,
      spec,
      placeOf: (field) => placeOf(`spec.${field}`),
    }];
  });
}

/** An object of a file, and where its parts stand. */
export interface FiledObject {
  object: Record<string, any>;
  placeOf(path: string): Place;
}

/** What an object is called, and in which namespace it is. Errors: InputError where that is no text. */
export function namesOf({ object, placeOf }: FiledObject): { name: string; namespace: string } {
  const { name = "", namespace = "default" } = object.metadata ?? {};
  for (const [field, text] of Object.entries({ name, namespace })) {
    if (typeof text === "string") continue;
    throw misshapen(`metadata.${field}`, placeOf(`metadata.${field}`));
  }
  return { name, namespace };
}

/** The objects of a file, those of lists too. Errors: InputError for YAML that cannot be read. */
export function objectsOf(text: string, file: string): FiledObject[] {
  return documentsOf(text).flatMap((document) => {
    const { value, root } = readDocument(document, file);
    if (!isMap(value) || !root) return [];
    const placeAt = (path: string[]) => {
      const { line, column } = nodeAt(root, path);
      return { file, line: line + document.line - 1, column };
    };
    const items: unknown[] = Array.isArray(value.items) ? value.items : [value];
    return items.flatMap((object, at): FiledObject[] => {
      if (!isMap(object)) return [];
      const before = items === value.items ? ["items", String(at)] : [];
      return [{ object, placeOf: (path) => placeAt([...before, ...path.split(".")]) }];
    });
  });
}

/** Errors: InputError at the line that is to blame. */
function readDocument({ text, line: from }: YamlDocument, file: string) {
  try {
    return { value: fromYaml(text), root: parseYaml(text) };
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const { line, is } = yamlSlip(error, text);
    const at = line === undefined ? `${file}: ` : `${file}:${line + from - 1}: `;
    throw new InputError(said(at + is.en, at + is.ko));
  }
}

/** Says that a part of an object is not as it can be. */
export function misshapen(path: string, { file, line, column }: Place): InputError {
  const at = `${file}:${line}:${column}`;
  return new InputError(said(
    `${at}: ${path} is missing, or not as it can be (kubectl explain hpa --recursive)`,
    `${at}: ${path}이(가) 없거나 맞지 않습니다 (kubectl explain hpa --recursive)`,
  ));
}

/**
 * A spec with the metric that it has where it names none.
 * Source: kubernetes/kubernetes pkg/apis/autoscaling/v2/defaults.go, v1/conversion.go (targetCPUUtilizationPercentage).
 */
function defaulted(spec: HpaSpec & { targetCPUUtilizationPercentage?: number }): HpaSpec {
  if ((spec.metrics ?? []).length > 0) return spec;
  const averageUtilization = spec.targetCPUUtilizationPercentage ?? 80;
  const target = { type: "Utilization", averageUtilization };
  return { ...spec, metrics: [{ type: "Resource", resource: { name: "cpu", target } }] };
}

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

/** What a metric of an HPA is called, which API is asked for it, and its field in the spec. */
export function metricOf(spec: MetricSpec) {
  const source = spec.object ?? spec.pods ?? spec.external;
  const name = source?.metric.name ?? (spec.resource ?? spec.containerResource)!.name;
  return { name, api: metricsApiOf(spec), field: SOURCE_FIELDS[spec.type] };
}
