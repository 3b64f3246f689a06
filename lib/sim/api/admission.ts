import { safeEncode } from "../../base/mod.ts";
import { own } from "../../go/mod.ts";
import {
  ApiError,
  hasStorageClass,
  type KubeObject,
  type models,
  type PriorityClass,
} from "../../kube/mod.ts";
import { applyLimitRanges, checkLimitRanges } from "./limit_ranges.ts";
import type { ObjectStore } from "./object_store.ts";
import { chargeQuotas, type QuotaCharge } from "./quota_admission.ts";
import type { ResourceType } from "./resources.ts";
import { admitRuntimeClass, checkOverhead } from "./runtime_classes.ts";

/**
 * What the API server's mutating admission plugins do to an object that is created, before it is validated:
 * refuse it in a namespace that is not there or is going, give pods the limits of their namespace, their
 * service account and its token, their priority, and tolerations for nodes that fail.
 * Source: kubernetes/kubernetes pkg/kubeapiserver/options/plugins.go (AllOrderedPlugins).
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
  if (type.resource === "persistentvolumeclaims") admitClaim(store, object);
  if (type.resource === "persistentvolumes") protect(object, "kubernetes.io/pv-protection");
}

/**
 * What the validating plugins say of an object that is to be stored. Errors: ApiError (Forbidden).
 * Source: as above.
 */
export function checkAdmission(
  store: ObjectStore,
  type: ResourceType,
  charge: QuotaCharge,
): void {
  const { object, previous } = charge;
  if (type.resource === "pods" && !previous) checkOverhead(store, object);
  const limited = type.resource === "persistentvolumeclaims" ||
    (type.resource === "pods" && !previous);
  if (limited && !previous?.metadata.deletionTimestamp) {
    checkLimitRanges(store, type.resource, object);
  }
  if (type.resource === PRIORITY_CLASSES && (object as PriorityClass).globalDefault) {
    const other = defaultPriorityClass(store);
    if (other && (!previous || other.metadata.name !== object.metadata.name)) {
      throw ApiError.forbidden(
        PRIORITY_CLASSES,
        object.metadata.name,
        `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`,
      );
    }
  }
  chargeQuotas(store, type, charge);
}

/** Keeps an object that is in use from going before its user. */
function protect(object: KubeObject, finalizer: string): void {
  const finalizers = object.metadata.finalizers ?? [];
  if (!finalizers.includes(finalizer)) object.metadata.finalizers = [...finalizers, finalizer];
}

/** Source: plugin/pkg/admission/storage (storageclass/setdefault, storageobjectinuseprotection). */
function admitClaim(store: ObjectStore, claim: KubeObject): void {
  protect(claim, "kubernetes.io/pvc-protection");
  if (hasStorageClass(claim) || !claim.spec) return;
  const defaults = store.list("storageclasses.storage.k8s.io").filter(({ metadata }) =>
    metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true"
  ).sort((a, b) => a.metadata.creationTimestamp! > b.metadata.creationTimestamp! ? -1 : 1);
  if (defaults.length > 0) claim.spec.storageClassName = defaults[0].metadata.name;
}

function admitPod(store: ObjectStore, pod: KubeObject): void {
  const spec: models.PodSpec = pod.spec;
  applyLimitRanges(store, pod);
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
  admitPriority(store, pod);
  admitRuntimeClass(store, pod);
  tolerateFailures(pod);
}

/**
 * A pod stays on a node that fails for five minutes, unless it says otherwise; one that is changed, too.
 * Source: plugin/pkg/admission/defaulttolerationseconds/admission.go.
 * @param pod is changed in place.
 */
export function tolerateFailures(pod: KubeObject): void {
  const spec: models.PodSpec = pod.spec;
  spec.tolerations ??= [];
  for (const key of ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]) {
    const tolerated = spec.tolerations.some((toleration) =>
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

const PRIORITY_CLASSES = "priorityclasses.scheduling.k8s.io";

/** Source: plugin/pkg/admission/priority/admission.go. */
function admitPriority(store: ObjectStore, pod: KubeObject): void {
  const spec: models.PodSpec = pod.spec;
  const forbid = (why: string) => ApiError.forbidden("pods", pod.metadata.name, why);
  const priorityClass = spec.priorityClassName
    ? priorityClassOf(store, spec.priorityClassName)
    : defaultPriorityClass(store);
  if (!priorityClass && spec.priorityClassName) {
    throw forbid(`no PriorityClass with name ${spec.priorityClassName} was found`);
  }
  if (priorityClass) spec.priorityClassName = priorityClass.metadata.name;
  const priority = priorityClass?.value ?? 0;
  const policy = priorityClass?.preemptionPolicy ?? "PreemptLowerPriority";
  const tail = "from the given PriorityClass name";
  if (spec.priority !== undefined && spec.priority !== priority) {
    throw forbid(
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; ` +
        `priority admission controller computed ${priority} ${tail}`,
    );
  }
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
    throw forbid(
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod ` +
        `spec; priority admission controller computed ${policy} ${tail}`,
    );
  }
  spec.priority = priority;
  spec.preemptionPolicy = policy;
}

/** Classes that are there before anybody stores them. */
const SYSTEM_PRIORITIES: Readonly<Record<string, number>> = {
  "system-cluster-critical": 2_000_000_000,
  "system-node-critical": 2_000_001_000,
};

function priorityClassOf(store: ObjectStore, name: string): PriorityClass | undefined {
  const found = store.get(PRIORITY_CLASSES, "", name);
  const value = own(SYSTEM_PRIORITIES, name);
  if (found || value === undefined) return found;
  return {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name },
    value,
  };
}

function defaultPriorityClass(store: ObjectStore): PriorityClass | undefined {
  return store.list(PRIORITY_CLASSES).filter(({ globalDefault }) => globalDefault)
    .sort((a, b) => (a.value ?? 0) - (b.value ?? 0))[0];
}

const TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";

function mountToken(pod: KubeObject): void {
  const spec: models.PodSpec = pod.spec;
  const containers = [...spec.initContainers ?? [], ...spec.containers ?? []];
  const missing = containers.filter((container) =>
    !container.volumeMounts?.some((mount) => mount.mountPath === TOKEN_PATH)
  );
  if (missing.length === 0) return;
  const name = `kube-api-access-${safeEncode((pod.metadata.uid ?? "").slice(-5))}`;
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
