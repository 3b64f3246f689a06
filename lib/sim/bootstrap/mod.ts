/**
 * The objects of a new kind cluster with one control plane and one worker, as kind and kubeadm leave
 * them. Everything else follows from these through the controllers and the kubelets.
 *
 * @module
 */
import { rfc3339 } from "../../go/mod.ts";
import type { Manifest } from "../../kube/mod.ts";
import { groupOf } from "../../kube/mod.ts";
import type { SimContext } from "../seams.ts";
import { CLIENT_CA, controlPlane, tokenTracking } from "./control_plane.ts";
import { tellOfBoot } from "./events.ts";
import { kubeSystem } from "./kube_system.ts";
import { leftByKubeadm } from "./kubeadm.ts";
import { nodes } from "./nodes.ts";
import { rbacObjects } from "./rbac.ts";
import { storage } from "./storage.ts";

/** Names of the cluster; the simulated version of Kubernetes. */
export interface BootstrapOptions {
  clusterName?: string;
  version?: string;
}

const NAMESPACES = ["default", "kube-node-lease", "kube-public", "kube-system"];

/** Creates the objects of the first boot; those that are there already stay as they are. */
export function bootstrap(context: SimContext, options: BootstrapOptions = {}): void {
  const clusterName = options.clusterName ?? "hpa-practice";
  const version = options.version ?? "v1.36.3";
  const nowMs = context.clock.now();
  for (const name of NAMESPACES) {
    const make = () => create(context, namespace(name));
    if (name === "kube-system") ofThisMoment(context, make);
    else make();
  }
  // Before the first pods, which are refused without one.
  for (const name of NAMESPACES) create(context, serviceAccount(name));
  for (const object of priorityClasses()) create(context, object);
  for (const object of nodes({ clusterName, version, nowMs })) create(context, object);
  create(context, apiService());
  for (const object of apiEndpoints()) create(context, object);
  for (const object of kubeSystem({ clusterName, version })) create(context, object);
  create(context, namespace("local-path-storage"));
  create(context, serviceAccount("local-path-storage"));
  for (const object of storage()) create(context, object);
  aside(context, () => tellOfBoot(context.api));
}

/** Creates what the control plane keeps of itself; a lab from before there was any gets it too. */
export function bootstrapControlPlane(context: SimContext): void {
  const { api, clock } = context;
  if (!api.get("namespaces", "", "kube-system")) return;
  const nowText = rfc3339(clock.now());
  aside(context, () => create(context, tokenTracking(nowText)));
  const nodes = api.list("nodes");
  // Each came with a version of its own: a lab may have the first and not the second.
  if (!api.get("configmaps", "kube-system", "extension-apiserver-authentication")) {
    for (const object of controlPlane(nodes, nowText)) create(context, object);
  }
  if (api.get("configmaps", "kube-public", "cluster-info")) return;
  const bindings = [
    ...api.list("clusterrolebindings.rbac.authorization.k8s.io"),
    ...api.list("rolebindings.rbac.authorization.k8s.io"),
  ];
  const first = nodes.find(({ metadata }) => metadata.name.endsWith("-control-plane"));
  const about = {
    controlPlane: first?.metadata.name ?? "kubernetes",
    authority: CLIENT_CA,
    nowText,
  };
  aside(context, () => {
    for (const object of leftByKubeadm(bindings, about)) create(context, object);
  });
}

/**
 * Creates the roles and bindings of every cluster, as the API server does whenever it starts; a lab from
 * before there were any gets them too.
 */
export function bootstrapAccess(context: SimContext): void {
  const { api } = context;
  if (api.get("clusterroles.rbac.authorization.k8s.io", "", "cluster-admin")) return;
  for (const object of rbacObjects()) create(context, object);
}

/**
 * Makes what a cluster is known by (the uid of kube-system) with chance that is of the moment at which the cluster begins,
 * so that no two labs are taken for one; what comes after has the same chance in all of them.
 */
function ofThisMoment({ random, clock }: SimContext, make: () => void): void {
  const before = random.state;
  const nowMs = clock.now();
  random.state = before ^ nowMs ^ Math.floor(nowMs / 2 ** 32);
  make();
  random.state = before;
  random.uuid();
}

/** Makes what came to the first boot later on with other chance, so that all that follows has the chance it always had. */
function aside({ random }: SimContext, make: () => void): void {
  const before = random.state;
  random.state = ~before;
  make();
  random.state = before;
}

function create({ api }: SimContext, object: Manifest): void {
  const resource = api.resourceFor(object.apiVersion, object.kind);
  if (!resource) {
    throw new RangeError(`${object.kind} in ${groupOf(object.apiVersion)} is not served`);
  }
  const { namespace = "", name } = object.metadata;
  if (api.get(resource, namespace, name)) return;
  api.create(resource, object);
  // Status is written apart from the rest, and a node or a mirror pod comes with one.
  if (object.status === undefined) return;
  const stored = api.get(resource, namespace, name);
  if (stored) api.updateStatus(resource, { ...structuredClone(stored), status: object.status });
}

function namespace(name: string): Manifest {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: { "kubernetes.io/metadata.name": name } },
    spec: { finalizers: ["kubernetes"] },
  };
}

/** Source: kubernetes pkg/apis/scheduling/v1/helpers.go. */
function priorityClasses(): Manifest[] {
  const rows: [string, number, string][] = [
    [
      "system-node-critical",
      2_000_001_000,
      "Used for system critical pods that must not be moved from their current node.",
    ],
    [
      "system-cluster-critical",
      2_000_000_000,
      "Used for system critical pods that must run in the cluster, but can be moved to another " +
      "node if necessary.",
    ],
  ];
  return rows.map(([name, value, description]) => ({
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name },
    value,
    description,
  }));
}

function serviceAccount(namespace: string): Manifest {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "default", namespace },
  };
}

const API_LABELS = { component: "apiserver", provider: "kubernetes" };

function apiService(): Manifest {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "kubernetes", namespace: "default", labels: API_LABELS },
    spec: {
      type: "ClusterIP",
      clusterIP: "10.96.0.1",
      clusterIPs: ["10.96.0.1"],
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: 6443 }],
    },
  };
}

/** The API server writes its own endpoints: no selector finds it. */
function apiEndpoints(): Manifest[] {
  const ip = "172.18.0.2";
  return [{
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: {
      name: "kubernetes",
      namespace: "default",
      labels: { "endpointslice.kubernetes.io/skip-mirror": "true" },
    },
    subsets: [{
      addresses: [{ ip }],
      ports: [{ name: "https", port: 6443, protocol: "TCP" }],
    }],
  }, {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: "kubernetes",
      namespace: "default",
      labels: { "kubernetes.io/service-name": "kubernetes" },
    },
    addressType: "IPv4",
    endpoints: [{ addresses: [ip], conditions: { ready: true } }],
    ports: [{ name: "https", port: 6443, protocol: "TCP" }],
  }];
}
