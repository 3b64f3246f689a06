type Json = any;

/** Objects that are right, to be made wrong: one of every kind that people write, by the path it is sent to. */
export const MANIFESTS: readonly [path: string, object: Json][] = [
  ["/api/v1/namespaces/v/pods", {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", labels: { app: "a" }, annotations: { note: "n" } },
    spec: {
      containers: [{
        name: "web",
        image: "nginx:1.27",
        ports: [{ containerPort: 80, name: "http", protocol: "TCP" }],
        env: [
          { name: "A", value: "1" },
          { name: "N", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
        ],
        resources: { limits: { cpu: "100m", memory: "64Mi" }, requests: { cpu: "50m" } },
        readinessProbe: { httpGet: { path: "/", port: 80 }, periodSeconds: 5 },
        volumeMounts: [{ name: "v", mountPath: "/v" }],
      }],
      initContainers: [{ name: "i", image: "busybox", command: ["true"] }],
      volumes: [{ name: "v", configMap: { name: "c" } }, { name: "e", emptyDir: {} }],
      tolerations: [{ key: "k", operator: "Exists" }],
      nodeSelector: { d: "e" },
    },
  }],
  [
    "/apis/apps/v1/namespaces/v/deployments",
    workload("apps/v1", "Deployment", {
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: "25%" } },
    }),
  ],
  ["/apis/apps/v1/namespaces/v/replicasets", workload("apps/v1", "ReplicaSet", {})],
  [
    "/apis/apps/v1/namespaces/v/statefulsets",
    workload("apps/v1", "StatefulSet", {
      serviceName: "s",
    }),
  ],
  ["/apis/apps/v1/namespaces/v/daemonsets", {
    ...workload("apps/v1", "DaemonSet", { updateStrategy: { type: "OnDelete" } }),
  }],
  ["/apis/batch/v1/namespaces/v/jobs", {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "j" },
    spec: {
      backoffLimit: 2,
      completions: 1,
      template: {
        spec: { restartPolicy: "Never", containers: [{ name: "c", image: "busybox" }] },
      },
    },
  }],
  ["/apis/batch/v1/namespaces/v/cronjobs", {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "cj" },
    spec: {
      schedule: "*/5 * * * *",
      jobTemplate: {
        spec: {
          template: {
            spec: { restartPolicy: "OnFailure", containers: [{ name: "c", image: "busybox" }] },
          },
        },
      },
    },
  }],
  ["/api/v1/namespaces/v/services", {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "s" },
    spec: {
      selector: { app: "a" },
      type: "NodePort",
      ports: [{ name: "http", port: 80, targetPort: "http" }],
    },
  }],
  ["/api/v1/namespaces/v/configmaps", {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "c", finalizers: ["example.org/f"] },
    data: { k: "v" },
    binaryData: { b: "AAAA" },
  }],
  ["/api/v1/namespaces/v/secrets", {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "sec" },
    type: "Opaque",
    data: { a: "YQ==" },
    stringData: { b: "c" },
  }],
  ["/api/v1/namespaces/v/persistentvolumeclaims", {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "pvc" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  }],
  ["/apis/autoscaling/v2/namespaces/v/horizontalpodautoscalers", {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "h" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" },
      minReplicas: 1,
      maxReplicas: 3,
      metrics: [{
        type: "Object",
        object: {
          metric: { name: "m", selector: { matchLabels: { a: "b" } } },
          describedObject: { apiVersion: "v1", kind: "Service", name: "s" },
          target: { type: "Value", value: "50" },
        },
      }],
      behavior: {
        scaleDown: { policies: [{ type: "Percent", value: 10, periodSeconds: 60 }] },
      },
    },
  }],
  ["/apis/autoscaling/v1/namespaces/v/horizontalpodautoscalers", {
    apiVersion: "autoscaling/v1",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "h1", annotations: { "autoscaling.alpha.kubernetes.io/metrics": "[]" } },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" },
      maxReplicas: 3,
      targetCPUUtilizationPercentage: 50,
    },
  }],
  ["/apis/policy/v1/namespaces/v/poddisruptionbudgets", {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: "b" },
    spec: { minAvailable: "50%", selector: { matchLabels: { app: "a" } } },
  }],
  ["/apis/networking.k8s.io/v1/namespaces/v/ingresses", {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: "i" },
    spec: {
      rules: [{
        host: "a.example.org",
        http: {
          paths: [{
            path: "/",
            pathType: "Prefix",
            backend: { service: { name: "s", port: { number: 80 } } },
          }],
        },
      }],
    },
  }],
  ["/apis/rbac.authorization.k8s.io/v1/namespaces/v/roles", {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: "r" },
    rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
  }],
  ["/apis/rbac.authorization.k8s.io/v1/namespaces/v/rolebindings", {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name: "rb" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" },
    subjects: [{ kind: "ServiceAccount", name: "default", namespace: "v" }],
  }],
  ["/api/v1/namespaces/v/resourcequotas", {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "q" },
    spec: { hard: { pods: "1000", "count/configmaps": "1000" } },
  }],
  ["/api/v1/namespaces/v/limitranges", {
    apiVersion: "v1",
    kind: "LimitRange",
    metadata: { name: "l" },
    spec: { limits: [{ type: "Container", default: { cpu: "1" } }] },
  }],
  ["/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "ns" } }],
  ["/api/v1/namespaces/v/serviceaccounts", {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "sa" },
  }],
  ["/apis/coordination.k8s.io/v1/namespaces/v/leases", {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: "le" },
    spec: { holderIdentity: "x", leaseDurationSeconds: 15 },
  }],
  ["/api/v1/namespaces/v/events", {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "e" },
    involvedObject: { kind: "Pod", name: "p", namespace: "v" },
    reason: "Why",
    message: "what",
    type: "Normal",
    source: { component: "me" },
  }],
  ["/api/v1/nodes", {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "n" },
    spec: { podCIDR: "10.0.0.0/24", taints: [{ key: "k", effect: "NoSchedule" }] },
  }],
  ["/apis/example.org/v1/namespaces/v/gears", {
    apiVersion: "example.org/v1",
    kind: "Gear",
    metadata: { name: "g" },
    spec: { size: 3, tags: ["a"], parts: [{ name: "x", teeth: 1 }], free: { k: [1] } },
  }],
  ["/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "cogs.example.org" },
    spec: {
      group: "example.org",
      scope: "Namespaced",
      names: { plural: "cogs", kind: "Cog", singular: "cog", shortNames: ["cg"] },
      versions: [{
        name: "v1",
        served: true,
        storage: true,
        additionalPrinterColumns: [{ name: "S", type: "string", jsonPath: ".spec.s" }],
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: { type: "object", properties: { s: { type: "string", default: "x" } } },
            },
          },
        },
      }],
    },
  }],
];

function workload(apiVersion: string, kind: string, more: Json): Json {
  return {
    apiVersion,
    kind,
    metadata: { name: kind.toLowerCase().slice(0, 3) },
    spec: {
      ...(kind === "DaemonSet" ? {} : { replicas: 1 }),
      selector: { matchLabels: { app: "a" } },
      template: {
        metadata: { labels: { app: "a" } },
        spec: { containers: [{ name: "web", image: "nginx", ports: [{ containerPort: 80 }] }] },
      },
      ...more,
    },
  };
}
