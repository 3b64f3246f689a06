import { ApiError, type KubeObject } from "../../kube/mod.ts";
import type { ObjectStore } from "./object_store.ts";
import type { ResourceType } from "./resources.ts";

type Json = any;

/**
 * What the API server's admission plugins do to an object as it is created: refuse it in a namespace that is
 * not there or is going, give pods their service account, its token, and tolerations for nodes that fail.
 * Source: kubernetes/kubernetes plugin/pkg/admission (serviceaccount, defaulttolerationseconds, priority).
 * @param object is changed in place.
 */
export function admit(store: ObjectStore, type: ResourceType, object: KubeObject): void {
  const { namespace, name } = object.metadata;
  if (type.namespaced && namespace) {
    const space = store.get("namespaces", "", namespace);
    if (!space) throw ApiError.notFound("namespaces", namespace);
    if (space.metadata.deletionTimestamp) {
      throw ApiError.forbidden(
        type.resource,
        name,
        `unable to create new content in namespace ${namespace} because it is being terminated`,
      );
    }
  }
  if (type.resource === "pods") admitPod(store, object);
}

function admitPod(store: ObjectStore, pod: KubeObject): void {
  const spec: Json = pod.spec;
  const mirror = pod.metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined;
  if (!mirror) {
    spec.serviceAccountName ??= "default";
    spec.serviceAccount ??= spec.serviceAccountName;
    const { namespace = "", name } = pod.metadata;
    const account = store.get("serviceaccounts", namespace, spec.serviceAccountName);
    if (!account) {
      throw ApiError.forbidden(
        "pods",
        name,
        `error looking up service account ${namespace}/${spec.serviceAccountName}: serviceaccount "${spec.serviceAccountName}" not found`,
      );
    }
    if ((spec.automountServiceAccountToken ?? account.automountServiceAccountToken) !== false) {
      mountToken(pod);
    }
  }
  spec.enableServiceLinks ??= true;
  spec.preemptionPolicy ??= "PreemptLowerPriority";
  spec.priority ??= priorityOf(store, pod.metadata.name, spec.priorityClassName);
  spec.tolerations ??= [];
  for (const key of ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]) {
    const tolerated = spec.tolerations.some((toleration: Json) =>
      (toleration.key === key || !toleration.key) &&
      (!toleration.effect || toleration.effect === "NoExecute")
    );
    if (!tolerated) {
      spec.tolerations.push({
        effect: "NoExecute",
        key,
        operator: "Exists",
        tolerationSeconds: 300,
      });
    }
  }
}

function priorityOf(store: ObjectStore, pod: string, className: string | undefined): number {
  if (!className) return 0;
  if (className === "system-cluster-critical") return 2_000_000_000;
  if (className === "system-node-critical") return 2_000_001_000;
  const found = store.get("priorityclasses.scheduling.k8s.io", "", className);
  if (found) return found.value ?? 0;
  throw ApiError.forbidden("pods", pod, `no PriorityClass with name ${className} was found`);
}

const TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";

function mountToken(pod: KubeObject): void {
  const spec: Json = pod.spec;
  const containers = [...spec.initContainers ?? [], ...spec.containers];
  const missing = containers.filter((container) =>
    !container.volumeMounts?.some((mount: Json) => mount.mountPath === TOKEN_PATH)
  );
  if (missing.length === 0) return;
  const name = `kube-api-access-${(pod.metadata.uid ?? "").replace(/[^a-z0-9]/g, "").slice(-5)}`;
  for (const container of missing) {
    container.volumeMounts = [...container.volumeMounts ?? [], {
      mountPath: TOKEN_PATH,
      name,
      readOnly: true,
    }];
  }
  spec.volumes = [...spec.volumes ?? [], {
    name,
    projected: {
      defaultMode: 420,
      sources: [
        { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
        { configMap: { items: [{ key: "ca.crt", path: "ca.crt" }], name: "kube-root-ca.crt" } },
        {
          downwardAPI: {
            items: [{
              fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" },
              path: "namespace",
            }],
          },
        },
      ],
    },
  }];
}
