import { createHash } from "node:crypto";
import type { KubeObject } from "../../../lib/kube/mod.ts";

/** One object that a real helm rendered from the real chart. */
export interface GoldenObject {
  kind: string;
  namespace: string;
  name: string;
  labels: Record<string, string>;
  /** Of the whole object, keys sorted and nulls left out. */
  sha256: string;
}

/** Recorded output of `helm template`. */
export interface Golden {
  tool: string;
  chart: string;
  date: string;
  release: { name: string; namespace: string };
  values: Record<string, unknown>;
  /** Everything but CRDs, hooks and PrometheusRules. */
  objects: GoldenObject[];
  /** Names of the PrometheusRules, of which the chart here has a part. */
  rules: string[];
}

export function goldenObject(object: KubeObject): GoldenObject {
  const { kind, metadata } = object;
  return {
    kind,
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    labels: canonical(metadata.labels ?? {}),
    sha256: createHash("sha256").update(JSON.stringify(canonical(object))).digest("hex"),
  };
}

/** Keys sorted, nulls left out; what depends on how helm lays out text is left out too. */
function canonical(value: any, key = ""): any {
  if (key === "checksum/config" || key === "config.yaml") return "";
  if (Array.isArray(value)) return value.map((item) => canonical(item));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.keys(value).sort().filter((name) => value[name] !== null && value[name] !== undefined)
      .map((name) => [name, canonical(value[name], name)]),
  );
}
