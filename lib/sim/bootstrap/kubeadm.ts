import type { Manifest } from "../../kube/mod.ts";
import { rule } from "./rbac.ts";

const RBAC = "rbac.authorization.k8s.io";
const TOKENS = "system:bootstrappers:kubeadm:default-node-token";
const CONFIG = ["kube-system", "kubeadm:nodes-kubeadm-config", "kubeadm-config"] as const;

type Subject = { apiGroup: string; kind: "Group" | "User"; name: string };

const group = (name: string): Subject => ({ apiGroup: RBAC, kind: "Group", name });

/** Who may read which ConfigMap: the role's namespace and name, the ConfigMap, and for whom it is. */
const READERS: readonly (readonly [string, string, string, Subject[]])[] = [
  [
    "kube-public",
    "kubeadm:bootstrap-signer-clusterinfo",
    "cluster-info",
    [{ apiGroup: RBAC, kind: "User", name: "system:anonymous" }],
  ],
  ["kube-system", "kube-proxy", "kube-proxy", [group(TOKENS)]],
  ["kube-system", "kubeadm:kubelet-config", "kubelet-config", [
    group("system:nodes"),
    group(TOKENS),
  ]],
  [...CONFIG, [group(TOKENS), group("system:nodes")]],
];

/** Which certificates of whom are signed without a question. */
const APPROVED: readonly (readonly [string, string, Subject])[] = [
  ["kubeadm:node-autoapprove-bootstrap", "nodeclient", group(TOKENS)],
  ["kubeadm:node-autoapprove-certificate-rotation", "selfnodeclient", group("system:nodes")],
];

/** Controllers that have a role and do not run: without a cloud, and by default. */
const NOT_RUN = new Set([
  "cloud-provider",
  "route-controller",
  "selinux-warning-controller",
  "service-controller",
]);

/**
 * What kubeadm leaves for nodes that join, and the service accounts as which the controllers work: those that the
 * bindings of the control plane, which are there already, are for.
 * Source: kubernetes/kubernetes cmd/kubeadm/app/phases/{bootstraptoken,kubelet,uploadconfig,addons/proxy},
 * cmd/kube-controller-manager/app/controllermanager.go (--use-service-account-credentials).
 */
export function leftByKubeadm(
  bindings: readonly Manifest[],
  { controlPlane, authority, nowText }: {
    controlPlane: string;
    authority: string;
    nowText: string;
  },
): Manifest[] {
  return [
    ...controllerAccounts(bindings),
    clusterInfo(controlPlane, authority),
    configMap("kube-system", "kube-apiserver-legacy-service-account-token-tracking", {
      since: nowText.slice(0, 10),
    }),
    ...READERS.flatMap(([namespace, name, map, subjects]) => [
      {
        apiVersion: `${RBAC}/v1`,
        kind: "Role",
        metadata: { namespace, name },
        rules: [{ ...rule("", ["configmaps"], ["get"]), resourceNames: [map] }],
      },
      binding("RoleBinding", { namespace, name }, { kind: "Role", name }, subjects),
    ]),
    ...APPROVED.map(([name, client, subject]) =>
      binding("ClusterRoleBinding", { name }, {
        kind: "ClusterRole",
        name: `system:certificates.k8s.io:certificatesigningrequests:${client}`,
      }, [subject])
    ),
  ];
}

function controllerAccounts(bindings: readonly Manifest[]): Manifest[] {
  const own = bindings.filter(({ metadata }) => metadata.name.startsWith("system:controller:"));
  const names = own.flatMap(({ subjects }: Manifest & { subjects?: Account[] }) =>
    (subjects ?? [])
      .filter(({ kind, namespace }) => kind === "ServiceAccount" && namespace === "kube-system")
      .map(({ name }) => name)
  ).filter((name) => !NOT_RUN.has(name));
  return [...new Set(names)].sort().map((name) => ({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name, namespace: "kube-system" },
  }));
}

interface Account {
  kind: string;
  name: string;
  namespace?: string;
}

function clusterInfo(controlPlane: string, authority: string): Manifest {
  const kubeconfig = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${btoa(authority)}
    server: https://${controlPlane}:6443
  name: ""
contexts: null
current-context: ""
kind: Config
users: null
`;
  return configMap("kube-public", "cluster-info", { kubeconfig });
}

function configMap(namespace: string, name: string, data: Record<string, string>): Manifest {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace, name }, data };
}

function binding(
  kind: string,
  metadata: { namespace?: string; name: string },
  role: { kind: string; name: string },
  subjects: Subject[],
): Manifest {
  return {
    apiVersion: `${RBAC}/v1`,
    kind,
    metadata,
    roleRef: { apiGroup: RBAC, ...role },
    subjects,
  };
}
