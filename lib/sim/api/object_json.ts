import { goStructJson } from "../../go/mod.ts";
import type { KubeObject } from "../../kube/mod.ts";

/** The JSON of stored objects but for kind and apiVersion, made once in an object's life. */
const bodies = new WeakMap<object, string>();
/** The JSON of their metadata alone. */
const metadatas = new WeakMap<object, string>();

/** An object as JSON, with kind, apiVersion and metadata first, as upstream's structs have them. */
export function objectJson(object: KubeObject): string {
  const head = `{"kind":${JSON.stringify(object.kind)},"apiVersion":${
    JSON.stringify(object.apiVersion)
  }`;
  return `${head},${bodyOf(object)}}`;
}

/** The same without kind and apiVersion, as items of built-in lists are. */
export function itemJson(object: KubeObject): string {
  return `{${bodyOf(object)}}`;
}

/** An object's metadata alone. Source: kubernetes/apimachinery pkg/api/meta/meta.go (AsPartialObjectMetadata). */
export function partialJson({ metadata }: KubeObject, version: string): string {
  let text = metadatas.get(metadata);
  if (text === undefined) {
    text = goStructJson(metadata);
    if (Object.isFrozen(metadata)) metadatas.set(metadata, text);
  }
  return `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/${version}","metadata":${text}}`;
}

function bodyOf(object: KubeObject): string {
  const known = bodies.get(object);
  if (known !== undefined) return known;
  const { kind: _, apiVersion: __, metadata, ...rest } = object;
  const text = goStructJson({ metadata, ...rest }).slice(1, -1);
  // What is frozen is stored, and will not change.
  if (Object.isFrozen(object)) bodies.set(object, text);
  return text;
}
