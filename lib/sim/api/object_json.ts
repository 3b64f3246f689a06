import { goJson, goStructJson } from "../../go/mod.ts";
import type { KubeObject } from "../../kube/mod.ts";
import { goStruct } from "./fields/go_struct.ts";
import { structJson } from "./fields/struct_json.ts";
import { messageOf } from "./protobuf.ts";

/** The JSON of stored objects but for the type of built-in ones, made once in an object's life. */
const bodies = new WeakMap<object, string>();
/** The JSON of their metadata alone. */
const metadatas = new WeakMap<object, string>();

/**
 * An object as JSON: a built-in one as upstream's struct is written, with kind and apiVersion first; any other as the map
 * that it is. Source: kubernetes/apimachinery pkg/apis/meta/v1/unstructured/helpers.go (UnstructuredJSONScheme).
 */
export function objectJson(object: KubeObject): string {
  const { apiVersion, kind } = object;
  if (!messageOf(apiVersion, kind)) return `{${bodyOf(object)}}`;
  return `{"kind":${goStructJson(kind)},"apiVersion":${goStructJson(apiVersion)},${
    bodyOf(object)
  }}`;
}

/** The same as an item of a list, where built-in kinds do not say what they are. */
export function itemJson(object: KubeObject): string {
  return `{${bodyOf(object)}}`;
}

/** An object as who patches its JSON sees it: with null where upstream's struct has nothing. */
export function asWritten(object: KubeObject): unknown {
  return JSON.parse(objectJson(object));
}

/** An object's metadata alone. Source: kubernetes/apimachinery pkg/api/meta/meta.go (AsPartialObjectMetadata). */
export function partialJson({ metadata }: KubeObject, version: string): string {
  let text = metadatas.get(metadata);
  if (text === undefined) {
    text = structJson({ ...metadata }, goStruct("meta.v1.ObjectMeta"));
    if (Object.isFrozen(metadata)) metadatas.set(metadata, text);
  }
  return `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/${version}","metadata":${text}}`;
}

function bodyOf(object: KubeObject): string {
  const known = bodies.get(object);
  if (known !== undefined) return known;
  const { kind, apiVersion, ...rest } = object;
  const message = messageOf(apiVersion, kind);
  const text = (message ? structJson(rest, goStruct(message)) : goJson(object)).slice(1, -1);
  // What is frozen is stored, and will not change.
  if (Object.isFrozen(object)) bodies.set(object, text);
  return text;
}
