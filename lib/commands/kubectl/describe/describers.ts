import {
  ApiError,
  formatSelector,
  groupOf,
  isOwnedBy,
  type KubeObject,
  type Loose,
  type models,
} from "../../../kube/mod.ts";
import type { Info } from "../resources.ts";
import type { Session } from "../session.ts";
import {
  describeConfigMap,
  describeRole,
  describeRoleBinding,
  describeSecret,
  describeServiceAccount,
} from "./config.ts";
import { describeEvents } from "./events.ts";
import { describeGeneric } from "./generic.ts";
import { describeHpa } from "./hpa.ts";
import {
  describeBudget,
  describeLimitRange,
  describePriorityClass,
  describeQuota,
} from "./limits.ts";
import {
  describeIngress,
  describeIngressClass,
  describeIpAddress,
  describeNetworkPolicy,
  describeServiceCidr,
} from "./networking.ts";
import { describeNamespace, describeNode } from "./nodes.ts";
import { describePod } from "./pods.ts";
import {
  describeEndpoints,
  describeEndpointSlice,
  describeService,
  endpointsText,
} from "./services.ts";
import {
  describeAttributesClass,
  describeClaim,
  describeCsiNode,
  describeStorageClass,
  describeVolume,
} from "./storage.ts";
import {
  describeCronJob,
  describeDaemonSet,
  describeDeployment,
  describeJob,
  describeReplicaSet,
  describeReplicationController,
  describeStatefulSet,
} from "./workloads.ts";
import { DescriptionWriter } from "./writer.ts";

/** Writes what is known about an object, fetching what else it needs. */
type Describer = (
  object: KubeObject,
  w: DescriptionWriter,
  session: Session,
) => void | Promise<void>;

const SLICES = "discovery.k8s.io/v1/endpointslices";

/** Kinds by `Kind.group`. Source: kubernetes/kubectl pkg/describe/describe.go (describerMap). */
const DESCRIBERS: Record<string, Describer> = {
  "Pod.": describePod,
  "ConfigMap.": describeConfigMap,
  "Secret.": describeSecret,
  "ServiceAccount.": describeServiceAccount,
  "Endpoints.": describeEndpoints,
  "EndpointSlice.discovery.k8s.io": describeEndpointSlice,
  "HorizontalPodAutoscaler.autoscaling": describeHpa,
  "Job.batch": describeJob,
  "CronJob.batch": describeCronJob,
  "LimitRange.": describeLimitRange,
  "ResourceQuota.": describeQuota,
  "PodDisruptionBudget.policy": describeBudget,
  "PriorityClass.scheduling.k8s.io": describePriorityClass,
  "PersistentVolume.": describeVolume,
  "StorageClass.storage.k8s.io": describeStorageClass,
  "VolumeAttributesClass.storage.k8s.io": describeAttributesClass,
  "CSINode.storage.k8s.io": describeCsiNode,
  "IngressClass.networking.k8s.io": describeIngressClass,
  "NetworkPolicy.networking.k8s.io": describeNetworkPolicy,
  "ServiceCIDR.networking.k8s.io": describeServiceCidr,
  "IPAddress.networking.k8s.io": describeIpAddress,
  "Role.rbac.authorization.k8s.io": describeRole,
  "ClusterRole.rbac.authorization.k8s.io": describeRole,
  "RoleBinding.rbac.authorization.k8s.io": describeRoleBinding,
  "ClusterRoleBinding.rbac.authorization.k8s.io": describeRoleBinding,
  "Deployment.apps": async (object, w, session) => {
    const sets = await selected(session, "apps/v1/replicasets", object);
    const owned = sets.filter((set) => isOwnedBy(set, object));
    describeDeployment(object, owned, w);
  },
  "PersistentVolumeClaim.": async (object, w, session) => {
    const { namespace } = object.metadata;
    const pods = await session.client.list("v1/pods", { namespace });
    describeClaim(object, pods.items, w);
  },
  "Ingress.networking.k8s.io": (object, w, session) =>
    describeIngress(object, (backend) => backendText(session, object, backend), w),
  "ReplicationController.": async (object, w, session) => {
    const selector = { matchLabels: object.spec.selector };
    const owner = { ...object, spec: { ...object.spec, selector } };
    describeReplicationController(object, await selected(session, "v1/pods", owner), w);
  },
  "ReplicaSet.apps": async (object, w, session) =>
    describeReplicaSet(object, await selected(session, "v1/pods", object), w),
  "StatefulSet.apps": async (object, w, session) =>
    describeStatefulSet(object, await selected(session, "v1/pods", object), w),
  "DaemonSet.apps": async (object, w, session) =>
    describeDaemonSet(object, await selected(session, "v1/pods", object), w),
  "Service.": async (object, w, session) => {
    const labelSelector = `kubernetes.io/service-name=${object.metadata.name}`;
    const { namespace } = object.metadata;
    const slices = await listOrNothing(session, SLICES, namespace, { labelSelector });
    describeService(object, slices, w);
  },
  "Namespace.": async (object, w, session) => {
    const list = (resource: string) =>
      listIfServed(session, `v1/${resource}`, object.metadata.name);
    const [quotas, limitRanges] = await Promise.all([list("resourcequotas"), list("limitranges")]);
    describeNamespace(object, {
      ...(quotas ? { quotas } : {}),
      ...(limitRanges ? { limitRanges } : {}),
    }, w);
  },
  "Node.": async (object, w, session) => {
    const { name } = object.metadata;
    const fieldSelector = `spec.nodeName=${name},status.phase!=Failed,status.phase!=Succeeded`;
    const pods = (await session.client.list("v1/pods", {}, { query: { fieldSelector } })).items;
    const leaseOf = { namespace: "kube-node-lease", name };
    try {
      const lease = await session.client.get("coordination.k8s.io/v1/leases", leaseOf);
      describeNode(object, { pods, lease }, w);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      describeNode(object, { pods, leaseError: error.message }, w);
    }
  },
};

/** The kinds upstream describes without their events. */
const WITHOUT_EVENTS = new Set([
  "Secret.",
  "Namespace.",
  "LimitRange.",
  "ResourceQuota.",
  "NetworkPolicy.networking.k8s.io",
  "Role.rbac.authorization.k8s.io",
  "ClusterRole.rbac.authorization.k8s.io",
  "RoleBinding.rbac.authorization.k8s.io",
  "ClusterRoleBinding.rbac.authorization.k8s.io",
]);

/** An object described, with its events when `showEvents`. Errors: ApiError. */
export async function describeInfo(
  session: Session,
  info: Info,
  options: { showEvents: boolean },
): Promise<string> {
  const object: KubeObject = await session.client.get(info.mapping, info);
  const key = `${object.kind}.${groupOf(object.apiVersion)}`;
  const w = new DescriptionWriter(session.io.lab.clock.now());
  const describer = Object.hasOwn(DESCRIBERS, key) ? DESCRIBERS[key] : describeGeneric;
  await describer(object, w, session);
  if (options.showEvents && !WITHOUT_EVENTS.has(key)) {
    describeEvents(await eventsOf(session, object), w);
  }
  return w.finish();
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (searchEvents). */
async function eventsOf(session: Session, object: KubeObject): Promise<KubeObject[] | undefined> {
  const { name, namespace = "", uid = "" } = object.metadata;
  const search = (kind: string | undefined, id: string) => {
    const terms = [
      ...(kind ? [`involvedObject.kind=${kind}`] : []),
      `involvedObject.name=${name}`,
      `involvedObject.namespace=${namespace}`,
      `involvedObject.uid=${id}`,
    ];
    const query = { fieldSelector: terms.join(",") };
    return session.client.list("v1/events", { namespace }, { query });
  };
  try {
    const isPod = object.kind === "Pod" && object.apiVersion === "v1";
    const found = (await search(isPod ? undefined : object.kind, uid)).items;
    if (object.kind !== "Node") return found;
    // The kubelet's events carry the node's name where its uid belongs.
    return [...found, ...(await search(object.kind, name)).items];
  } catch (error) {
    if (error instanceof ApiError) return [];
    throw error;
  }
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (describeBackendV1). */
async function backendText(
  session: Session,
  ingress: KubeObject,
  { service, resource }: Loose<models.IngressBackend>,
): Promise<string> {
  if (!service) {
    if (!resource) return "";
    const { apiGroup, kind, name } = resource;
    return `APIGroup: ${apiGroup ?? "<none>"}, Kind: ${kind}, Name: ${name}`;
  }
  const text = `${service.name}:${service.port?.number || (service.port?.name ?? "")}`;
  const { namespace } = ingress.metadata;
  try {
    const slices = await session.client.list(SLICES, { namespace }, {
      query: { labelSelector: `kubernetes.io/service-name=${service.name}` },
    });
    const found = await session.client.get("v1/services", { namespace, name: service.name });
    const port = found.spec.ports?.findLast((each: models.ServicePort) =>
      service.port?.number ? each.port === service.port.number : each.name === service.port?.name
    );
    return `${text} (${endpointsText(slices.items, port?.name ?? "")})`;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return `${text} (<error: ${error.message}>)`;
  }
}

async function selected(
  session: Session,
  resource: string,
  owner: KubeObject,
): Promise<KubeObject[]> {
  const query = { labelSelector: formatSelector(owner.spec.selector, "") };
  return await listOrNothing(session, resource, owner.metadata.namespace, query);
}

async function listOrNothing(
  session: Session,
  resource: string,
  namespace: string | undefined,
  query: Record<string, string>,
): Promise<KubeObject[]> {
  return await listIfServed(session, resource, namespace, query) ?? [];
}

async function listIfServed(
  session: Session,
  resource: string,
  namespace: string | undefined,
  query: Record<string, string> = {},
): Promise<KubeObject[] | undefined> {
  try {
    return (await session.client.list(resource, { namespace }, { query })).items;
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}
