import {
  ApiError,
  isApiError,
  isReady,
  type KubeClient,
  type KubeObject,
  type Place,
} from "../../kube/mod.ts";
import { MARK, ownerName } from "./owners.ts";

/** What is there before anything is changed, as one may read it. Texts are of the API's, unchanged. */
export interface Survey {
  version: string;
  /** Undefined where one may not read them. */
  nodes: { name: string; version: string; isReady: boolean }[] | undefined;
  /** Who one is there; undefined where the server does not say. */
  user: { name: string; groups: readonly string[] } | undefined;
  /** What the lab needs to do there and one may not: `create deployments.apps in default`. */
  forbidden: string[];
  /** What the lab would install and is there already. */
  installed: Installed[];
}

/** Something that a lesson installs, found there. */
export interface Installed {
  what: string;
  owner: string;
  /** A mark of this tutor's; undefined where it is somebody's. */
  mark: string | undefined;
  /** Who answers, of an API: `keda/keda-operator-metrics-apiserver`. */
  service?: string;
}

/** What shows that something is installed. */
const SIGNS: readonly [what: string, ref: string, place: Place][] = [
  ["metrics.k8s.io", "apiregistration.k8s.io/v1/apiservices", { name: "v1beta1.metrics.k8s.io" }],
  ["custom.metrics.k8s.io", "apiregistration.k8s.io/v1/apiservices", {
    name: "v1beta1.custom.metrics.k8s.io",
  }],
  ["external.metrics.k8s.io", "apiregistration.k8s.io/v1/apiservices", {
    name: "v1beta1.external.metrics.k8s.io",
  }],
  ["prometheus-operator", "apiextensions.k8s.io/v1/customresourcedefinitions", {
    name: "prometheuses.monitoring.coreos.com",
  }],
  ["KEDA", "apiextensions.k8s.io/v1/customresourcedefinitions", { name: "scaledobjects.keda.sh" }],
];

/** What lessons do there. */
const NEEDED: readonly [verb: string, group: string, resource: string, namespace?: string][] = [
  ["create", "apps", "deployments", "default"],
  ["create", "", "services", "default"],
  ["create", "", "secrets", "default"],
  ["create", "autoscaling", "horizontalpodautoscalers", "default"],
  ["create", "", "namespaces"],
  ["create", "rbac.authorization.k8s.io", "clusterroles"],
  ["create", "rbac.authorization.k8s.io", "clusterrolebindings"],
  ["create", "apiregistration.k8s.io", "apiservices"],
  ["create", "apiextensions.k8s.io", "customresourcedefinitions"],
  ["list", "", "nodes"],
];

/** The uid of `kube-system`, by which a cluster is known again. Errors: as the client's. */
export async function clusterUid(client: KubeClient): Promise<string> {
  const { metadata } = await client.get<KubeObject>("v1/namespaces", { name: "kube-system" });
  return metadata.uid!;
}

/** Looks at a cluster and changes nothing. Errors: as the client's. */
export async function survey(client: KubeClient): Promise<Survey> {
  const [version, nodes, user, forbidden, installed] = await Promise.all([
    client.json("GET", "/version"),
    allowed(client.list("v1/nodes")),
    whoAmI(client),
    forbiddenOf(client),
    installedOf(client),
  ]);
  return {
    version: version.gitVersion,
    nodes: nodes?.items.map((node: KubeObject) => ({
      name: node.metadata.name,
      version: node.status?.nodeInfo?.kubeletVersion ?? "",
      isReady: isReady(node),
    })),
    user,
    forbidden,
    installed,
  };
}

/** What is asked for; undefined where one may not, or where there is no such thing. */
async function allowed<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isApiError(error, 401) || !(error instanceof ApiError)) throw error;
    return undefined;
  }
}

async function whoAmI(client: KubeClient): Promise<Survey["user"]> {
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
  const ref = "authentication.k8s.io/v1/selfsubjectreviews";
  const review = await allowed(client.create<KubeObject>(ref, {}, body));
  const { username, groups = [] } = review?.status?.userInfo ?? {};
  return username === undefined ? undefined : { name: username, groups };
}

async function forbiddenOf(client: KubeClient): Promise<string[]> {
  const asked = NEEDED.map(async ([verb, group, resource, namespace]) => {
    const review = await allowed(
      client.create<KubeObject>("authorization.k8s.io/v1/selfsubjectaccessreviews", {}, {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes: { verb, group, resource, namespace } },
      }),
    );
    const what = `${verb} ${group === "" ? resource : `${resource}.${group}`}`;
    return review?.status?.allowed === false
      ? [namespace === undefined ? what : `${what} in ${namespace}`]
      : [];
  });
  return (await Promise.all(asked)).flat();
}

async function installedOf(client: KubeClient): Promise<Installed[]> {
  const looked = SIGNS.map(async ([what, ref, place]): Promise<Installed[]> => {
    const object = await allowed(client.find<KubeObject>(ref, place));
    if (!object) return [];
    const service = object.spec?.service;
    return [{
      what,
      owner: ownerName(object),
      mark: object.metadata.labels?.[MARK],
      ...(service ? { service: `${service.namespace}/${service.name}` } : {}),
    }];
  });
  return (await Promise.all(looked)).flat();
}
