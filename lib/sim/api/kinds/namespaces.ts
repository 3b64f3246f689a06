import { ApiError } from "../../../kube/mod.ts";
import { age, columns } from "../tables/mod.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/apiserver pkg/admission/plugin/namespace/lifecycle (immortalNamespaces). */
const IMMORTAL = new Set(["default", "kube-system", "kube-public"]);

/** Source: kubernetes/kubernetes pkg/registry/core/namespace/strategy.go. */
export const namespaces = kind("namespaces", {
  countsChanges: false,
  returnsDeleted: true,
  defaults: (namespace) => {
    namespace.metadata.labels = {
      ...namespace.metadata.labels,
      "kubernetes.io/metadata.name": namespace.metadata.name,
    };
  },
  firstStatus: () => ({ phase: "Active" }),
  /** A new namespace is held until it is emptied. */
  prepareForCreate: ({ spec }) => {
    const { finalizers = [] } = spec;
    if (!finalizers.includes("kubernetes")) spec.finalizers = [...finalizers, "kubernetes"];
  },
  prepareForUpdate: (namespace, previous, { subresource }) => {
    if (subresource === "finalize") return;
    namespace.spec = { ...namespace.spec, finalizers: previous.spec.finalizers };
  },
  refuseDeletion: (name) => {
    if (!IMMORTAL.has(name)) return;
    throw ApiError.forbidden("namespaces", name, "this namespace may not be deleted");
  },
  // Source: kubernetes/kubernetes pkg/registry/core/namespace/storage/storage.go (Delete).
  graceSeconds: () => undefined,
  terminate: (namespace) => {
    namespace.status = { ...namespace.status, phase: "Terminating" };
  },
  selectableFields: {
    "status.phase": true,
  },
  printer: {
    columns: columns("Name:name, Status, Age"),
    cells: (object, nowMs) => [
      object.metadata.name,
      object.status?.phase ?? "",
      age(object, nowMs),
    ],
  },
});
