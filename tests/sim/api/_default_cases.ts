import { applyDefaults } from "../../../lib/sim/api/defaults.ts";
import { MANIFESTS } from "./_manifests.ts";

type Json = any;

/** The resource that a manifest of {@linkcode MANIFESTS} is sent to, with its group. */
export function resourceOf(path: string): string {
  const parts = path.split("/");
  const group = parts[1] === "apis" ? `.${parts[2]}` : "";
  return `${parts.at(-1)}${group}`;
}

/** What is not decoding's alone: conversion between versions, and what a kind's strategy does. */
const ELSEWHERE = new Set([
  "events",
  "horizontalpodautoscalers.autoscaling",
  "namespaces",
  "secrets",
]);

/** Where nothing is defaulted; bytes that are null stay so in Kubernetes, and are an empty text here. */
const UNCHANGED = new Set(["apiVersion", "kind", "metadata", "status", "binaryData"]);

type Path = readonly (string | number)[];

/** The places of texts, numbers and truth values in what an object says beside its metadata. */
function leaves(value: Json, at: Path = []): Path[] {
  if (value === null || value === undefined) return [];
  if (typeof value !== "object") return [at];
  const entries: [string | number, Json][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return entries.filter(([key]) => at.length > 0 || !UNCHANGED.has(`${key}`))
    .flatMap(([key, inner]) => leaves(inner, [...at, key]));
}

function at(object: Json, path: Path): Json {
  return path.reduce((value, key) => value?.[key], object);
}

function withValue(object: Json, path: Path, value: Json): Json {
  const copy = structuredClone(object);
  let holder = copy;
  path.slice(0, -1).forEach((key, i) => {
    holder[key] ??= typeof path[i + 1] === "number" ? [] : {};
    holder = holder[key];
  });
  holder[path.at(-1)!] = value;
  return copy;
}

/** Objects of {@linkcode MANIFESTS}, and each with one of its values, said or defaulted, null or Go's zero value. */
export function defaultCases(): { resource: string; object: Json }[] {
  return MANIFESTS.flatMap(([path, object]) => {
    const resource = resourceOf(path);
    if (ELSEWHERE.has(resource)) return [];
    const whole = structuredClone(object);
    applyDefaults(resource, whole);
    const spoilt = leaves(whole).flatMap((leaf) => {
      const value = at(whole, leaf);
      const zero = typeof value === "string" ? "" : typeof value === "number" ? 0 : false;
      return [withValue(object, leaf, zero), withValue(object, leaf, null)];
    });
    return [object, ...spoilt]
      .map((each) => ({ resource, object: JSON.parse(JSON.stringify(each)) }));
  });
}
