import { isMap, jsonTypeName } from "../../go/mod.ts";
import type { KubeObject } from "../../kube/mod.ts";
import { metadataMistake } from "./go_metadata.ts";
import type { ManifestDocument } from "./manifest_stream.ts";

/** What a document cannot be used for, in upstream's words without what it is about. */
export class DecodeError extends SyntaxError {
  override name = "DecodeError";
}

/**
 * What is wrong with a document that is to be validated, or with an item of its list; empty for a good one.
 * Source: kubernetes/kubectl pkg/validation/validation.go (getObjectKind, validateList).
 */
export function validationProblems(value: unknown): string[] {
  const problems = kindProblems(value);
  if (problems.length > 0) return problems;
  const { apiVersion, kind, items } = value as Record<string, unknown>;
  if (apiVersion !== "v1" || kind !== "List") return [];
  return Array.isArray(items) ? items.flatMap(kindProblems) : [INVALID];
}

const INVALID = "invalid object to validate";

function kindProblems(value: unknown): string[] {
  if (!isMap(value)) return [INVALID];
  const problems = ["apiVersion", "kind"].flatMap((field) => {
    const text = value[field] ?? undefined;
    if (text === undefined) return [`${field} not set`];
    return typeof text === "string" ? [] : [`${field} isn't string type`];
  });
  const { apiVersion } = value;
  if (typeof apiVersion === "string" && !isGroupVersion(apiVersion)) {
    problems.unshift(`unexpected GroupVersion string: ${apiVersion}`);
  }
  return problems;
}

function isGroupVersion(text: string): boolean {
  return text.split("/").length <= 2;
}

/**
 * The object of a document: whatever it is, its kind is a text and its metadata can be read. A list keeps its items,
 * which are maps at least, and have the kind that a list of one kind leaves out.
 * Errors: DecodeError.
 * Source: kubernetes/apimachinery pkg/apis/meta/v1/unstructured/helpers.go (unstructuredJSONScheme),
 * kubernetes/cli-runtime pkg/resource/metadata_decoder.go.
 */
export function decodeObject({ value, raw }: ManifestDocument): KubeObject {
  if (!isMap(value)) throw new DecodeError(cannot(value, "value of type unstructured.detector"));
  const object: Record<string, unknown> = { ...value };
  if (Object.hasOwn(value, "items")) object.items = itemsOf(value);
  if (kindOf(value) === "") throw new DecodeError(`Object 'Kind' is missing in '${raw}'`);
  const mistake = metadataMistake(value);
  if (mistake !== undefined) throw new DecodeError(mistake);
  return { ...object, metadata: withoutNulls(object.metadata) } as unknown as KubeObject;
}

/** Metadata, in which a null is as good as nothing. */
export function withoutNulls(metadata: unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(metadata ?? {}).filter(([, value]) => value !== null));
}

/** The kind that a map says it has; none when its apiVersion cannot be read. */
export function kindOf({ apiVersion, kind }: Record<string, unknown>): string {
  const isReadable = typeof apiVersion !== "string" || isGroupVersion(apiVersion);
  return typeof kind === "string" && isReadable ? kind : "";
}

function itemsOf(list: Record<string, unknown>): unknown[] {
  const items = list.items ?? [];
  if (!Array.isArray(items)) {
    throw new DecodeError(
      cannot(items, "struct field decodeList.items of type []json.RawMessage"),
    );
  }
  return items.map((item: unknown) => {
    const map = item ?? {};
    if (!isMap(map)) throw new DecodeError(cannot(map, "value of type map[string]interface {}"));
    const isTyped = ["apiVersion", "kind"].some((field) => {
      const text = map[field];
      return typeof text === "string" && text !== "";
    });
    if (isTyped) return map;
    return {
      ...map,
      apiVersion: typeof list.apiVersion === "string" ? list.apiVersion : "",
      kind: typeof list.kind === "string" ? list.kind.replace(/List$/, "") : "",
    };
  });
}

function cannot(value: unknown, into: string): string {
  return `json: cannot unmarshal ${jsonTypeName(value)} into Go ${into}`;
}
