import { own } from "../../go/mod.ts";
import { type ConfigMap, isApiError } from "../../kube/mod.ts";
import type { Reconciler } from "../reconcile.ts";
import type { SimContext, WatchEvent } from "../seams.ts";

const ROOT_CA = "kube-root-ca.crt";

/**
 * Gives every namespace its `default` service account and the CA of the API server.
 * Source: kubernetes pkg/controller/serviceaccount/serviceaccounts_controller.go,
 * pkg/controller/certificates/rootcacertpublisher/publisher.go.
 */
export function namespaceDefaults({ api }: SimContext, rootCa: string): Reconciler {
  const namespaceOf = (name: string) => ({ type, object }: WatchEvent) =>
    object.metadata.name === name && type !== "ADDED"
      ? [{ namespace: "", name: object.metadata.namespace! }]
      : [];
  return {
    name: "namespace-defaults",
    watches: [
      { resource: "namespaces" },
      { resource: "serviceaccounts", keys: namespaceOf("default") },
      { resource: "configmaps", keys: namespaceOf(ROOT_CA) },
    ],
    reconcile({ name: namespace }) {
      const found = api.get("namespaces", "", namespace);
      if (!found || found.metadata.deletionTimestamp) return;
      ensure("serviceaccounts", {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: "default", namespace },
      });
      ensure("configmaps", {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: {
          name: ROOT_CA,
          namespace,
          annotations: {
            "kubernetes.io/description":
              "Contains a CA bundle that can be used to verify the kube-apiserver when using " +
              "internal endpoints such as the internal service IP or kubernetes.default.svc. No other " +
              "usage is guaranteed across distributions of Kubernetes clusters.",
          },
        },
        data: { "ca.crt": rootCa },
      });
    },
  };

  function ensure(resource: "configmaps" | "serviceaccounts", wanted: ConfigMap): void {
    const { namespace, name } = wanted.metadata;
    const present = api.get(resource, namespace!, name);
    try {
      if (!present) api.create(resource, wanted);
      else if (wanted.data && own(own(present, "data"), "ca.crt") !== wanted.data["ca.crt"]) {
        api.update(resource, { ...structuredClone(present), data: wanted.data });
      }
    } catch (error) {
      if (!isApiError(error, 404, 409)) throw error;
    }
  }
}
