import { ApiError, groupOf, type KubeObject } from "../../../kube/mod.ts";
import type { Info } from "../resources.ts";
import { pathOf } from "../mapper.ts";
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
import { describeNamespace, describeNode } from "./nodes.ts";
import { describePod, selectorText } from "./pods.ts";
import { describeEndpoints, describeEndpointSlice, describeService } from "./services.ts";
import {
  describeDaemonSet,
  describeDeployment,
  describeJob,
  describeReplicaSet,
  describeStatefulSet,
} from "./workloads.ts";
import { DescriptionWriter } from "./writer.ts";

/** Writes what is known about an object, fetching what else it needs. */
type Describer = (
  object: KubeObject,
  w: DescriptionWriter,
  session: Session,
) => void | Promise<void>;

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
  "Role.rbac.authorization.k8s.io": describeRole,
  "ClusterRole.rbac.authorization.k8s.io": describeRole,
  "RoleBinding.rbac.authorization.k8s.io": describeRoleBinding,
  "ClusterRoleBinding.rbac.authorization.k8s.io": describeRoleBinding,
  "Deployment.apps": async (object, w, session) => {
    const sets = await selected(session, "apps/v1", "replicasets", object);
    const owned = sets.filter((set) =>
      set.metadata.ownerReferences?.some((ref) => ref.uid === object.metadata.uid)
    );
    describeDeployment(object, owned, w);
  },
  "ReplicaSet.apps": async (object, w, session) =>
    describeReplicaSet(object, await selected(session, "v1", "pods", object), w),
  "StatefulSet.apps": async (object, w, session) =>
    describeStatefulSet(object, await selected(session, "v1", "pods", object), w),
  "DaemonSet.apps": async (object, w, session) =>
    describeDaemonSet(object, await selected(session, "v1", "pods", object), w),
  "Service.": async (object, w, session) => {
    const labelSelector = `kubernetes.io/service-name=${object.metadata.name}`;
    const { namespace } = object.metadata;
    const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
    describeService(object, await listOrNothing(session, path, { labelSelector }), w);
  },
  "Namespace.": async (object, w, session) => {
    const list = (resource: string) =>
      listIfServed(session, `/api/v1/namespaces/${object.metadata.name}/${resource}`);
    const [quotas, limitRanges] = await Promise.all([list("resourcequotas"), list("limitranges")]);
    describeNamespace(object, {
      ...(quotas ? { quotas } : {}),
      ...(limitRanges ? { limitRanges } : {}),
    }, w);
  },
  "Node.": async (object, w, session) => {
    const { name } = object.metadata;
    const fieldSelector = `spec.nodeName=${name},status.phase!=Failed,status.phase!=Succeeded`;
    const pods =
      (await session.rest.json("GET", "/api/v1/pods", { query: { fieldSelector } })).items;
    const leasePath = `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`;
    try {
      const lease = await session.rest.json("GET", leasePath);
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
  const object: KubeObject = await session.rest.json(
    "GET",
    pathOf(info.mapping, info.namespace, info.name),
    { about: { resource: info.mapping.resource, name: info.name } },
  );
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
    const path = namespace === "" ? "/api/v1/events" : `/api/v1/namespaces/${namespace}/events`;
    return session.rest.json("GET", path, { query: { fieldSelector: terms.join(",") } });
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

async function selected(
  session: Session,
  apiVersion: string,
  resource: string,
  owner: KubeObject,
): Promise<KubeObject[]> {
  const root = apiVersion === "v1" ? "/api/v1" : `/apis/${apiVersion}`;
  const labelSelector = selectorText(owner.spec.selector);
  return await listOrNothing(
    session,
    `${root}/namespaces/${owner.metadata.namespace}/${resource}`,
    { labelSelector: labelSelector === "<none>" ? "" : labelSelector },
  );
}

async function listOrNothing(
  session: Session,
  path: string,
  query: Record<string, string>,
): Promise<KubeObject[]> {
  return await listIfServed(session, path, query) ?? [];
}

async function listIfServed(
  session: Session,
  path: string,
  query: Record<string, string> = {},
): Promise<KubeObject[] | undefined> {
  try {
    return (await session.rest.json("GET", path, { query })).items;
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}
