import type { Manifest } from "../../kube/mod.ts";

const API_VERSION = "rbac.authorization.k8s.io/v1";
const API_GROUP = "rbac.authorization.k8s.io";

/**
 * The roles and bindings that every cluster has: those the API server makes when it starts, and those
 * that kubeadm and kind add.
 * Source: kubernetes/kubernetes plugin/pkg/auth/authorizer/rbac/bootstrappolicy (recorded in rbac.json),
 * cmd/kubeadm/app/phases; kubernetes-sigs/kind images/base, kindnetd and local-path-provisioner.
 */
export function rbacObjects(): Manifest[] {
  const text = Deno.readTextFileSync(new URL("./rbac.json", import.meta.url));
  return [...JSON.parse(text).objects as Manifest[], ...kubeadm(), ...kind()];
}

function kubeadm(): Manifest[] {
  return [
    clusterBinding("kubeadm:cluster-admins", "cluster-admin", group("kubeadm:cluster-admins")),
    clusterRole("kubeadm:get-nodes", [rule("", ["nodes"], ["get"])]),
    clusterBinding(
      "kubeadm:get-nodes",
      "kubeadm:get-nodes",
      group("system:bootstrappers:kubeadm:default-node-token"),
    ),
    clusterBinding(
      "kubeadm:kubelet-bootstrap",
      "system:node-bootstrapper",
      group("system:bootstrappers:kubeadm:default-node-token"),
    ),
    clusterBinding("kubeadm:node-proxier", "system:node-proxier", account("kube-proxy")),
    clusterRole("system:coredns", [
      rule("", ["endpoints", "services", "pods", "namespaces"], ["list", "watch"]),
      rule("discovery.k8s.io", ["endpointslices"], ["list", "watch"]),
    ]),
    clusterBinding("system:coredns", "system:coredns", account("coredns")),
  ];
}

function kind(): Manifest[] {
  const provisioner = account("local-path-provisioner-service-account", "local-path-storage");
  return [
    clusterRole("kindnet", [
      rule("", ["nodes"], ["list", "watch", "patch"]),
      rule("", ["configmaps"], ["get"]),
      rule("", ["pods", "namespaces"], ["list", "watch"]),
      rule("networking.k8s.io", ["networkpolicies"], ["list", "watch"]),
    ]),
    clusterBinding("kindnet", "kindnet", account("kindnet")),
    clusterRole("local-path-provisioner-role", [
      rule("", ["nodes", "persistentvolumeclaims", "configmaps"], ["get", "list", "watch"]),
      rule("", ["endpoints", "persistentvolumes", "pods"], ["*"]),
      rule("", ["events"], ["create", "patch"]),
      rule("storage.k8s.io", ["storageclasses"], ["get", "list", "watch"]),
    ]),
    clusterBinding("local-path-provisioner-bind", "local-path-provisioner-role", provisioner),
  ];
}

type Subject = { kind: string; name: string; namespace?: string; apiGroup?: string };

function group(name: string): Subject {
  return { apiGroup: API_GROUP, kind: "Group", name };
}

function account(name: string, namespace = "kube-system"): Subject {
  return { kind: "ServiceAccount", name, namespace };
}

export function rule(apiGroup: string, resources: string[], verbs: string[]) {
  return { apiGroups: [apiGroup], resources, verbs };
}

function clusterRole(name: string, rules: ReturnType<typeof rule>[]): Manifest {
  return { apiVersion: API_VERSION, kind: "ClusterRole", metadata: { name }, rules };
}

function clusterBinding(name: string, role: string, subject: Subject): Manifest {
  return {
    apiVersion: API_VERSION,
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: API_GROUP, kind: "ClusterRole", name: role },
    subjects: [subject],
  };
}
