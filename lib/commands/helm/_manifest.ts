import { compareGo, jsonTypeName, toYaml } from "../../go/mod.ts";
import { metadataMistake } from "../kubectl/go_metadata.ts";
import type { KubeObject } from "../../kube/mod.ts";
import { HelmError } from "./_errors.ts";
import type { Hook } from "./_releases.ts";
import { readYaml } from "./_yaml.ts";

/** Kinds in the order they are installed. Source: helm/helm pkg/releaseutil/kind_sorter.go. */
const INSTALL_ORDER = [
  "PriorityClass",
  "Namespace",
  "NetworkPolicy",
  "ResourceQuota",
  "LimitRange",
  "PodSecurityPolicy",
  "PodDisruptionBudget",
  "ServiceAccount",
  "Secret",
  "SecretList",
  "ConfigMap",
  "StorageClass",
  "PersistentVolume",
  "PersistentVolumeClaim",
  "CustomResourceDefinition",
  "ClusterRole",
  "ClusterRoleList",
  "ClusterRoleBinding",
  "ClusterRoleBindingList",
  "Role",
  "RoleList",
  "RoleBinding",
  "RoleBindingList",
  "Service",
  "DaemonSet",
  "Pod",
  "ReplicationController",
  "ReplicaSet",
  "Deployment",
  "HorizontalPodAutoscaler",
  "StatefulSet",
  "Job",
  "CronJob",
  "IngressClass",
  "Ingress",
  "APIService",
  "MutatingWebhookConfiguration",
  "ValidatingWebhookConfiguration",
];

/** Kinds in the order they are removed: nearly the other way round. */
const UNINSTALL_ORDER = [
  "ValidatingWebhookConfiguration",
  "MutatingWebhookConfiguration",
  "APIService",
  "Ingress",
  "IngressClass",
  "Service",
  "CronJob",
  "Job",
  "StatefulSet",
  "HorizontalPodAutoscaler",
  "Deployment",
  "ReplicaSet",
  "ReplicationController",
  "Pod",
  "DaemonSet",
  "RoleBindingList",
  "RoleBinding",
  "RoleList",
  "Role",
  "ClusterRoleBindingList",
  "ClusterRoleBinding",
  "ClusterRoleList",
  "ClusterRole",
  "CustomResourceDefinition",
  "PersistentVolumeClaim",
  "PersistentVolume",
  "StorageClass",
  "ConfigMap",
  "SecretList",
  "Secret",
  "ServiceAccount",
  "PodDisruptionBudget",
  "PodSecurityPolicy",
  "LimitRange",
  "ResourceQuota",
  "NetworkPolicy",
  "Namespace",
  "PriorityClass",
];

/** Objects by kind in `order`; kinds it does not name come last, by name of kind. */
export function sortByKind(
  objects: readonly KubeObject[],
  order: "install" | "uninstall",
): KubeObject[] {
  const kinds = order === "install" ? INSTALL_ORDER : UNINSTALL_ORDER;
  const rank = ({ kind }: KubeObject) => {
    const index = kinds.indexOf(kind);
    return index < 0 ? kinds.length : index;
  };
  return [...objects].sort((a, b) =>
    rank(a) - rank(b) || (rank(a) === kinds.length ? compareGo(a.kind ?? "", b.kind ?? "") : 0)
  );
}

/** The manifest of a release: one YAML document per object, each behind its source. */
export function manifestText(chart: string, objects: readonly KubeObject[]): string {
  return objects.map((object) =>
    `---\n# Source: ${sourceOf(chart, object)}\n${toYaml(ordered(object))}`
  ).join("");
}

/** A document of a template's output. */
interface Document {
  path: string;
  text: string;
  object: KubeObject;
}

/**
 * The documents of rendered templates as helm keeps them: hooks by themselves, the others as one manifest in
 * the order of their kinds. Source: helm/helm pkg/release/v1/util (SplitManifests, SortManifests).
 * Errors: HelmError for what is not YAML.
 */
export function partTexts(
  files: readonly { path: string; text: string }[],
): { manifest: string; hooks: Hook[]; notes?: string } {
  const notes = files.find(({ path }) => /^[^/]+\/templates\/NOTES\.txt$/.test(path))?.text;
  const documents = files.filter(({ path }) => !path.endsWith("NOTES.txt"))
    .toSorted((a, b) => compareGo(a.path, b.path))
    .flatMap(({ path, text }) => splitDocuments(path, text));
  const isHook = ({ object }: Document) => object.metadata?.annotations?.["helm.sh/hook"];
  const sorted = (parts: Document[]) => {
    const order = sortByKind(parts.map(({ object }) => object), "install");
    return parts.toSorted((a, b) => order.indexOf(a.object) - order.indexOf(b.object));
  };
  const hooks = sorted(documents.filter(isHook)).map(({ path, text, object }): Hook => {
    const { annotations = {} } = object.metadata;
    const words = (key: string) =>
      (annotations[key] ?? "").split(",").map((word) => word.trim().toLowerCase()).filter(Boolean);
    const weight = Number(annotations["helm.sh/hook-weight"] ?? 0) || 0;
    const policies = words("helm.sh/hook-delete-policy");
    return {
      name: object.metadata.name,
      kind: object.kind,
      path,
      manifest: text,
      events: words("helm.sh/hook"),
      last_run: { started_at: "", completed_at: "", phase: "" },
      ...(weight === 0 ? {} : { weight }),
      ...(policies.length > 0 ? { delete_policies: policies } : {}),
    };
  });
  const manifest = sorted(documents.filter((each) => !isHook(each)))
    .map(({ path, text }) => `---\n# Source: ${path}\n${text}\n`).join("");
  return { manifest, hooks, ...(notes === undefined ? {} : { notes }) };
}

/** Errors: HelmError. */
function splitDocuments(path: string, text: string): Document[] {
  return text.trimStart().split(/^---[ \t]*/m).filter((part) => part.trim() !== "")
    .map((part) => part.trimStart())
    .map((part) => ({ path, text: part, object: readHead(path, () => readYaml(part)) }))
    .filter((document): document is Document => document.object !== undefined);
}

/** Errors: HelmError that names the template. */
function readHead(path: string, read: () => unknown): KubeObject | undefined {
  try {
    return headed(read());
  } catch (error) {
    if (!(error instanceof HelmError)) throw error;
    throw new HelmError(`YAML parse error on ${path}: ${error.message}`);
  }
}

/**
 * The object of a document, whose head can be read; undefined when there is none. Errors: HelmError.
 * Source: helm/helm pkg/release/v1/util/manifest.go (SimpleHead).
 */
function headed(value: unknown): KubeObject | undefined {
  if (value === null) return undefined;
  const refuse = (mistake: string) =>
    new HelmError(`error unmarshaling JSON: while decoding JSON: ${mistake}`);
  if (typeof value !== "object" || Array.isArray(value)) {
    throw refuse(
      `json: cannot unmarshal ${jsonTypeName(value)} into Go value of type releaseutil.SimpleHead`,
    );
  }
  const object = value as Record<string, unknown>;
  const mistake = metadataMistake(object);
  if (mistake !== undefined) {
    throw refuse(
      mistake.replace(/metadataOnlyObject\.TypeMeta\./, "SimpleHead.")
        .replace(/ObjectMeta\.metadata|metadataOnlyObject\.metadata/, ".metadata"),
    );
  }
  return { ...object, metadata: object.metadata ?? {} } as KubeObject;
}

/** The objects of a stored manifest, which may be one that a stock helm wrote. Errors: HelmError. */
export function parseManifest(text: string): KubeObject[] {
  return splitDocuments("the release's manifest", text).map(({ object }) => object);
}

/** An object's file among the chart's templates: named for its kind, since a chart here has no files. */
function sourceOf(chart: string, object: KubeObject): string {
  return `${chart}/templates/${`${object.kind ?? "extra"}`.toLowerCase()}.yaml`;
}

/** `apiVersion` and `kind` first. */
function ordered(object: KubeObject): KubeObject {
  const { apiVersion, kind, metadata, ...rest } = object;
  return { apiVersion, kind, metadata, ...rest };
}

/** What of a chart is manifest and what is hook. */
export function partHooks(
  chart: string,
  objects: readonly KubeObject[],
): { objects: KubeObject[]; hooks: Hook[] } {
  for (const object of objects) readHead(`${chart}/templates/extra.yaml`, () => object);
  const isHook = (object: KubeObject) => object.metadata?.annotations?.["helm.sh/hook"];
  const never = { started_at: "", completed_at: "", phase: "" };
  return {
    objects: sortByKind(objects.filter((object) => !isHook(object)), "install"),
    hooks: objects.filter(isHook).map((object) => ({
      name: object.metadata.name,
      kind: object.kind,
      path: sourceOf(chart, object),
      manifest: toYaml(ordered(object)),
      events: isHook(object)!.split(",").map((event) => event.trim()),
      last_run: never,
      delete_policies: object.metadata.annotations?.["helm.sh/hook-delete-policy"]?.split(","),
    })),
  };
}
