import type { Manifest } from "../../kube/mod.ts";
import { LOCAL_PATH_PROVISIONER } from "./kube_system.ts";
import { rule } from "./rbac.ts";

const READ = ["get", "list", "watch"];

/** kind's default storage class and its provisioner. Source: kubernetes-sigs/kind pkg/build/nodeimage. */
export function storage(): Manifest[] {
  const namespace = "local-path-storage";
  const labels = { app: "local-path-provisioner" };
  return [
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: {
        name: "standard",
        annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
      },
      provisioner: "rancher.io/local-path",
      reclaimPolicy: "Delete",
      volumeBindingMode: "WaitForFirstConsumer",
    },
    {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "local-path-provisioner-service-account", namespace },
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "local-path-provisioner-role" },
      rules: [
        rule("", ["nodes", "persistentvolumeclaims", "configmaps", "pods", "pods/log"], READ),
        rule("", ["persistentvolumes"], [...READ, "create", "patch", "update", "delete"]),
        rule("", ["events"], ["create", "patch"]),
        rule("storage.k8s.io", ["storageclasses"], READ),
      ],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "local-path-provisioner-bind" },
      roleRef: {
        apiGroup: "rbac.authorization.k8s.io",
        kind: "ClusterRole",
        name: "local-path-provisioner-role",
      },
      subjects: [{
        kind: "ServiceAccount",
        name: "local-path-provisioner-service-account",
        namespace,
      }],
    },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "local-path-config", namespace },
      data: {
        "config.json": JSON.stringify(
          {
            nodePathMap: [{
              node: "DEFAULT_PATH_FOR_NON_LISTED_NODES",
              paths: ["/var/local-path-provisioner"],
            }],
          },
          null,
          2,
        ),
      },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "local-path-provisioner", namespace },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            nodeSelector: { "kubernetes.io/os": "linux" },
            tolerations: [{
              key: "node-role.kubernetes.io/control-plane",
              operator: "Equal",
              effect: "NoSchedule",
            }],
            serviceAccountName: "local-path-provisioner-service-account",
            containers: [{
              name: "local-path-provisioner",
              image: LOCAL_PATH_PROVISIONER,
              imagePullPolicy: "IfNotPresent",
              command: [
                "local-path-provisioner",
                "--debug",
                "start",
                "--config",
                "/etc/config/config.json",
              ],
              env: [{
                name: "POD_NAMESPACE",
                valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } },
              }],
              volumeMounts: [{ name: "config-volume", mountPath: "/etc/config/" }],
            }],
            volumes: [{ name: "config-volume", configMap: { name: "local-path-config" } }],
          },
        },
      },
    },
  ];
}
