import { fnv32a } from "../../base/mod.ts";
import { microTime, rfc3339 } from "../../go/mod.ts";
import type { Manifest } from "../../kube/mod.ts";
import { preloadedImages } from "./kube_system.ts";

export interface NodeOptions {
  clusterName: string;
  version: string;
  nowMs: number;
}

const CAPACITY = {
  cpu: "4",
  "ephemeral-storage": "61255492Ki",
  "hugepages-1Gi": "0",
  "hugepages-2Mi": "0",
  memory: "8134856Ki",
  pods: "110",
};

/** The control plane and the worker, with a lease each. Source: kubernetes-sigs/kind, kubeadm. */
export function nodes(options: NodeOptions): Manifest[] {
  const roles = [
    { name: `${options.clusterName}-control-plane`, ip: "172.18.0.2", index: 0 },
    { name: `${options.clusterName}-worker`, ip: "172.18.0.3", index: 1 },
  ];
  return [
    ...roles.flatMap((role) => [node(options, role), nodeLease(options, role.name)]),
    ...leaderLeases(options, roles[0].name),
  ];
}

/** The leases of the control plane: who leads, and which API servers there are. */
function leaderLeases({ nowMs }: NodeOptions, node: string): Manifest[] {
  const acquireTime = microTime(nowMs);
  const leases = ["kube-controller-manager", "kube-scheduler"].map((name) =>
    lease("kube-system", name, {
      acquireTime,
      holderIdentity: `${node}_${uuid(`leader/${name}`)}`,
      leaseDurationSeconds: 15,
      leaseTransitions: 0,
      renewTime: acquireTime,
    })
  );
  const identity = `apiserver-${hex(`apiserver/${node}`, 26)}`;
  const server = lease("kube-system", identity, {
    holderIdentity: `apiserver-${node}_${uuid("apiserver")}`,
    leaseDurationSeconds: 3600,
    renewTime: acquireTime,
  });
  server.metadata.labels = {
    "apiserver.kubernetes.io/identity": "kube-apiserver",
    "kubernetes.io/hostname": node,
  };
  return [...leases, server];
}

interface Role {
  name: string;
  ip: string;
  index: number;
}

function node({ version, nowMs }: NodeOptions, { name, ip, index }: Role): Manifest {
  const isControlPlane = index === 0;
  const podCIDR = `10.244.${index}.0/24`;
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        ...(isControlPlane ? { "node-role.kubernetes.io/control-plane": "" } : {}),
      },
      annotations: {
        "node.alpha.kubernetes.io/ttl": "0",
        "volumes.kubernetes.io/controller-managed-attach-detach": "true",
      },
    },
    spec: {
      podCIDR,
      podCIDRs: [podCIDR],
      providerID: `kind://docker/${name.replace(/-(control-plane|worker)$/, "")}/${name}`,
      ...(isControlPlane
        ? { taints: [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }] }
        : {}),
    },
    status: {
      capacity: { ...CAPACITY },
      allocatable: { ...CAPACITY },
      conditions: conditions(nowMs),
      addresses: [
        { type: "InternalIP", address: ip },
        { type: "Hostname", address: name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      images: preloadedImages(version).map((image) => ({
        names: [image],
        sizeBytes: 12_000_000 + (fnv32a(image) % 78_000_000),
      })),
      nodeInfo: {
        machineID: hex(`machine/${name}`, 32),
        systemUUID: uuid(`system/${name}`),
        bootID: uuid("boot"),
        kernelVersion: "6.10.14-linuxkit",
        osImage: "Debian GNU/Linux 13 (trixie)",
        containerRuntimeVersion: "containerd://2.2.1",
        kubeletVersion: version,
        kubeProxyVersion: "",
        operatingSystem: "linux",
        architecture: "amd64",
        swap: { capacity: 1073737728 },
      },
    },
  };
}

function conditions(nowMs: number): unknown[] {
  const now = rfc3339(nowMs);
  const rows = [
    [
      "MemoryPressure",
      "False",
      "KubeletHasSufficientMemory",
      "kubelet has sufficient memory available",
    ],
    ["DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"],
    ["PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"],
    ["Ready", "True", "KubeletReady", "kubelet is posting ready status"],
  ];
  return rows.map(([type, status, reason, message]) => ({
    type,
    status,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
    reason,
    message,
  }));
}

function nodeLease({ nowMs }: NodeOptions, name: string): Manifest {
  return lease("kube-node-lease", name, {
    holderIdentity: name,
    leaseDurationSeconds: 40,
    renewTime: microTime(nowMs),
  });
}

function lease(namespace: string, name: string, spec: Record<string, unknown>): Manifest {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name, namespace },
    spec,
  };
}

function hex(text: string, length: number): string {
  let out = "";
  for (let i = 0; out.length < length; i++) {
    out += fnv32a(`${i}/${text}`).toString(16).padStart(8, "0");
  }
  return out.slice(0, length);
}

function uuid(text: string): string {
  return hex(text, 32).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-a$4-$5");
}
