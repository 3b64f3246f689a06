import type { Manifest } from "../../kube/mod.ts";
import { CLUSTER_DNS_IP } from "../seams.ts";

export interface KubeSystemOptions {
  clusterName: string;
  version: string;
}

/** Images that come with kind's node image, so that nothing has to be pulled at the first boot. */
export function preloadedImages(version: string): string[] {
  return [
    `registry.k8s.io/etcd:${ETCD_VERSION}`,
    ...["kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler"]
      .map((name) => `registry.k8s.io/${name}:${version}`),
    `registry.k8s.io/coredns/coredns:${COREDNS_VERSION}`,
    "registry.k8s.io/pause:3.10.1",
    KINDNETD,
    LOCAL_PATH_PROVISIONER,
  ];
}

/** The provisioner of kind's default storage class. */
export const LOCAL_PATH_PROVISIONER = "docker.io/kindest/local-path-provisioner:v20260131-7181c60a";

const NAMESPACE = "kube-system";
const CONTROL_PLANE_IP = "172.18.0.2";
const COREDNS_VERSION = "v1.14.1";
const ETCD_VERSION = "3.6.8-0";
const KINDNETD = "docker.io/kindest/kindnetd:v20260131-1b9b5e6a";

/** What kubeadm and kind put into kube-system. Source: kubernetes cmd/kubeadm, kubernetes-sigs/kind. */
export function kubeSystem(options: KubeSystemOptions): Manifest[] {
  return [
    ...["coredns", "kindnet", "kube-proxy"].map(serviceAccount),
    ...configMaps(options),
    ...["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"]
      .map((component) => mirrorPod(options, component)),
    dnsService(),
    coreDns(),
    kubeProxy(options),
    kindnet(),
  ];
}

function serviceAccount(name: string): Manifest {
  return { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace: NAMESPACE } };
}

function configMaps({ clusterName, version }: KubeSystemOptions): Manifest[] {
  const map = (name: string, data: Record<string, string>): Manifest => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: NAMESPACE },
    data,
  });
  return [
    map("coredns", {
      Corefile: `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
    loop
    reload
    loadbalance
}
`,
    }),
    map("kube-proxy", {
      "config.conf": `apiVersion: kubeproxy.config.k8s.io/v1alpha1
bindAddress: 0.0.0.0
clientConnection:
  kubeconfig: /var/lib/kube-proxy/kubeconfig.conf
clusterCIDR: 10.244.0.0/16
kind: KubeProxyConfiguration
metricsBindAddress: ""
mode: iptables
`,
    }),
    map("kubeadm-config", {
      ClusterConfiguration: `apiServer:
  certSANs:
  - localhost
  - 127.0.0.1
apiVersion: kubeadm.k8s.io/v1beta4
clusterName: ${clusterName}
controlPlaneEndpoint: ${clusterName}-control-plane:6443
kind: ClusterConfiguration
kubernetesVersion: ${version}
networking:
  dnsDomain: cluster.local
  podSubnet: 10.244.0.0/16
  serviceSubnet: 10.96.0.0/16
`,
    }),
    map("kubelet-config", {
      kubelet: `apiVersion: kubelet.config.k8s.io/v1beta1
cgroupDriver: systemd
clusterDNS:
- 10.96.0.10
clusterDomain: cluster.local
kind: KubeletConfiguration
rotateCertificates: true
staticPodPath: /etc/kubernetes/manifests
`,
    }),
  ];
}

const COMMANDS: Record<string, { flags: string[]; cpu: string; memory?: string }> = {
  etcd: {
    cpu: "100m",
    memory: "100Mi",
    flags: [
      `--advertise-client-urls=https://${CONTROL_PLANE_IP}:2379`,
      "--data-dir=/var/lib/etcd",
      `--listen-client-urls=https://127.0.0.1:2379,https://${CONTROL_PLANE_IP}:2379`,
      "--listen-metrics-urls=http://127.0.0.1:2381",
      "--snapshot-count=10000",
    ],
  },
  "kube-apiserver": {
    cpu: "250m",
    flags: [
      `--advertise-address=${CONTROL_PLANE_IP}`,
      "--allow-privileged=true",
      "--authorization-mode=Node,RBAC",
      "--enable-admission-plugins=NodeRestriction",
      "--etcd-servers=https://127.0.0.1:2379",
      "--secure-port=6443",
      "--service-cluster-ip-range=10.96.0.0/16",
    ],
  },
  "kube-controller-manager": {
    cpu: "200m",
    flags: [
      "--allocate-node-cidrs=true",
      "--bind-address=127.0.0.1",
      "--cluster-cidr=10.244.0.0/16",
      "--controllers=*,bootstrapsigner,tokencleaner",
      "--leader-elect=true",
      "--service-cluster-ip-range=10.96.0.0/16",
      "--use-service-account-credentials=true",
    ],
  },
  "kube-scheduler": {
    cpu: "100m",
    flags: [
      "--authentication-kubeconfig=/etc/kubernetes/scheduler.conf",
      "--bind-address=127.0.0.1",
      "--kubeconfig=/etc/kubernetes/scheduler.conf",
      "--leader-elect=true",
    ],
  },
};

function mirrorPod({ clusterName, version }: KubeSystemOptions, component: string): Manifest {
  const { flags, cpu, memory } = COMMANDS[component];
  const nodeName = `${clusterName}-control-plane`;
  const tag = component === "etcd" ? ETCD_VERSION : version;
  const source = `${component}/${nodeName}`;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `${component}-${nodeName}`,
      namespace: NAMESPACE,
      labels: { component, tier: "control-plane" },
      annotations: {
        "kubernetes.io/config.hash": source,
        "kubernetes.io/config.mirror": source,
        "kubernetes.io/config.source": "file",
      },
    },
    spec: {
      nodeName,
      hostNetwork: true,
      priorityClassName: "system-node-critical",
      containers: [{
        name: component,
        image: `registry.k8s.io/${component}:${tag}`,
        imagePullPolicy: "IfNotPresent",
        command: [component, ...flags],
        resources: { requests: { cpu, ...(memory ? { memory } : {}) } },
      }],
      tolerations: [{ operator: "Exists", effect: "NoExecute" }],
    },
  };
}

const DNS_LABEL = { "k8s-app": "kube-dns" };

function dnsService(): Manifest {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: "kube-dns",
      namespace: NAMESPACE,
      labels: {
        ...DNS_LABEL,
        "kubernetes.io/cluster-service": "true",
        "kubernetes.io/name": "CoreDNS",
      },
      annotations: { "prometheus.io/port": "9153", "prometheus.io/scrape": "true" },
    },
    spec: {
      clusterIP: CLUSTER_DNS_IP,
      clusterIPs: [CLUSTER_DNS_IP],
      selector: DNS_LABEL,
      ports: [
        { name: "dns", port: 53, protocol: "UDP", targetPort: 53 },
        { name: "dns-tcp", port: 53, protocol: "TCP", targetPort: 53 },
        { name: "metrics", port: 9153, protocol: "TCP", targetPort: 9153 },
      ],
    },
  };
}

function coreDns(): Manifest {
  const probe = (path: string, port: number, more: Record<string, unknown>) => ({
    httpGet: { path, port, scheme: "HTTP" },
    ...more,
  });
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "coredns", namespace: NAMESPACE, labels: DNS_LABEL },
    spec: {
      replicas: 2,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: "25%" } },
      selector: { matchLabels: DNS_LABEL },
      template: {
        metadata: { labels: DNS_LABEL },
        spec: {
          priorityClassName: "system-cluster-critical",
          serviceAccountName: "coredns",
          dnsPolicy: "Default",
          nodeSelector: { "kubernetes.io/os": "linux" },
          tolerations: [
            { key: "CriticalAddonsOnly", operator: "Exists" },
            { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" },
          ],
          containers: [{
            name: "coredns",
            image: `registry.k8s.io/coredns/coredns:${COREDNS_VERSION}`,
            imagePullPolicy: "IfNotPresent",
            args: ["-conf", "/etc/coredns/Corefile"],
            resources: {
              limits: { memory: "170Mi" },
              requests: { cpu: "100m", memory: "70Mi" },
            },
            ports: [
              { name: "dns", containerPort: 53, protocol: "UDP" },
              { name: "dns-tcp", containerPort: 53, protocol: "TCP" },
              { name: "metrics", containerPort: 9153, protocol: "TCP" },
              { name: "liveness-probe", containerPort: 8080, protocol: "TCP" },
              { name: "readiness-probe", containerPort: 8181, protocol: "TCP" },
            ],
            livenessProbe: probe("/health", 8080, {
              initialDelaySeconds: 60,
              timeoutSeconds: 5,
              failureThreshold: 5,
            }),
            readinessProbe: probe("/ready", 8181, {}),
            volumeMounts: [{ name: "config-volume", mountPath: "/etc/coredns", readOnly: true }],
          }],
          volumes: [{
            name: "config-volume",
            configMap: { name: "coredns", items: [{ key: "Corefile", path: "Corefile" }] },
          }],
        },
      },
    },
  };
}

function kubeProxy({ version }: KubeSystemOptions): Manifest {
  const labels = { "k8s-app": "kube-proxy" };
  return daemonSet("kube-proxy", labels, {
    serviceAccountName: "kube-proxy",
    containers: [{
      name: "kube-proxy",
      image: `registry.k8s.io/kube-proxy:${version}`,
      imagePullPolicy: "IfNotPresent",
      command: [
        "/usr/local/bin/kube-proxy",
        "--config=/var/lib/kube-proxy/config.conf",
        "--hostname-override=$(NODE_NAME)",
      ],
      env: [{ name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
      volumeMounts: [{ name: "kube-proxy", mountPath: "/var/lib/kube-proxy" }],
    }],
    volumes: [{ name: "kube-proxy", configMap: { name: "kube-proxy" } }],
  });
}

function kindnet(): Manifest {
  return daemonSet("kindnet", { app: "kindnet", "k8s-app": "kindnet", tier: "node" }, {
    serviceAccountName: "kindnet",
    containers: [{
      name: "kindnet-cni",
      image: KINDNETD,
      imagePullPolicy: "IfNotPresent",
      env: [
        { name: "HOST_IP", valueFrom: { fieldRef: { fieldPath: "status.hostIP" } } },
        { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
        { name: "POD_SUBNET", value: "10.244.0.0/16" },
      ],
      resources: {
        limits: { cpu: "100m", memory: "50Mi" },
        requests: { cpu: "100m", memory: "50Mi" },
      },
    }],
  }, { app: "kindnet" });
}

function daemonSet(
  name: string,
  labels: Record<string, string>,
  spec: Record<string, unknown>,
  matchLabels: Record<string, string> = labels,
): Manifest {
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name, namespace: NAMESPACE, labels },
    spec: {
      selector: { matchLabels },
      template: {
        metadata: { labels },
        spec: {
          hostNetwork: true,
          priorityClassName: "system-node-critical",
          nodeSelector: { "kubernetes.io/os": "linux" },
          tolerations: [{ operator: "Exists" }],
          ...spec,
        },
      },
    },
  };
}
