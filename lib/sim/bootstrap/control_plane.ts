import type { Manifest } from "../../kube/mod.ts";

/** Authorities whose keys nobody has: nothing of the lab's own network shows a certificate of theirs. */
export const CLIENT_CA = `-----BEGIN CERTIFICATE-----
MIIBgTCCASegAwIBAgIUfoxf8Jih5om/JbAfX61NJ+MrrGUwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKa3ViZXJuZXRlczAgFw0yNjExMzAwMDAwNThaGA8yMTI2MTEw
NjAwMDA1OFowFTETMBEGA1UEAwwKa3ViZXJuZXRlczBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABGSiFisnUF6BA3xiysuYlWP4wxVx541lQ7e7hoyhwJ6qK4rXwIzf
/NYDqKZgxsoPxdhivnBxkZXdop4+DyLs6iujUzBRMB0GA1UdDgQWBBR1gdplcQFH
e4+N1KWD/9qXH77H4TAfBgNVHSMEGDAWgBR1gdplcQFHe4+N1KWD/9qXH77H4TAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIAQkX7ueAyCl8ce4r3+c
DxrkBH/5/v0KkveiUDaSCRZ5AiEA+z3yG4kf1sT4RpSzJ/KKdI6+4ZZg9VKxKQzS
3i8BFzY=
-----END CERTIFICATE-----
`;
const FRONT_PROXY_CA = `-----BEGIN CERTIFICATE-----
MIIBiTCCAS+gAwIBAgIUEmJ7/4R0bSV5KzMMEhEsNzoMrggwCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOZnJvbnQtcHJveHktY2EwIBcNMjYxMTMwMDAwMDU4WhgPMjEy
NjExMDYwMDAwNThaMBkxFzAVBgNVBAMMDmZyb250LXByb3h5LWNhMFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEUkWgKDnsSe7PYpuHm0ZCpYpzIz9zeAMKfZPU1gUR
huImitDVGCdyXpjFLGZcPp7qsrXzU8IYgJyZjXWhac9FfKNTMFEwHQYDVR0OBBYE
FNa2KGurA0KPRm6oK3ed1q3QbNEtMB8GA1UdIwQYMBaAFNa2KGurA0KPRm6oK3ed
1q3QbNEtMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAKCwDtz1
gw3injA+IbvpBAdiGJcEppUsEvu/uHyae93TAiAV5YFW5xyRJ5mcHCFPY8h6ib10
Ry1Jx+ZBHrxBAal4Eg==
-----END CERTIFICATE-----
`;

/**
 * What servers behind the API's aggregation start with.
 * Source: kubernetes/kubernetes pkg/controlplane/controller/clusterauthenticationtrust.
 */
function extensionAuthentication(): Manifest {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "extension-apiserver-authentication", namespace: "kube-system" },
    data: {
      "client-ca-file": CLIENT_CA,
      "requestheader-allowed-names": '["front-proxy-client"]',
      "requestheader-client-ca-file": FRONT_PROXY_CA,
      "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]',
      "requestheader-group-headers": '["X-Remote-Group"]',
      "requestheader-uid-headers": '["X-Remote-Uid"]',
      "requestheader-username-headers": '["X-Remote-User"]',
    },
  };
}

/**
 * Since when it is known which tokens of old are used.
 * Source: kubernetes/kubernetes pkg/controlplane/controller/legacytokentracking.
 */
export function tokenTracking(nowText: string): Manifest {
  const name = "kube-apiserver-legacy-service-account-token-tracking";
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "kube-system" },
    data: { since: nowText.slice(0, "2026-01-01".length) },
  };
}

/** Source: kubernetes/kubernetes pkg/controlplane/controller/defaultservicecidr. */
function serviceCidr(nowText: string): Manifest {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "ServiceCIDR",
    metadata: {
      name: "kubernetes",
      finalizers: ["networking.k8s.io/service-cidr-finalizer"],
    },
    spec: { cidrs: ["10.96.0.0/16"] },
    status: {
      conditions: [{
        type: "Ready",
        status: "True",
        lastTransitionTime: nowText,
        reason: "",
        message: "Kubernetes Service CIDR is ready",
      }],
    },
  };
}

/** Each kubelet says which drivers its node has. Source: kubernetes/kubernetes pkg/volume/csi/nodeinfomanager. */
function csiNode({ metadata: { name, uid } }: Manifest): Manifest {
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "CSINode",
    metadata: { name, ownerReferences: [{ apiVersion: "v1", kind: "Node", name, uid: uid! }] },
    spec: { drivers: null },
  };
}

/** Source: kubernetes/kubernetes pkg/registry/core/componentstatus. */
function componentStatus([name, message]: string[]): Manifest {
  return {
    apiVersion: "v1",
    kind: "ComponentStatus",
    metadata: { name },
    conditions: [{ type: "Healthy", status: "True", message }],
  };
}

/** Source: kubernetes/apiserver pkg/apis/flowcontrol/bootstrap (recorded in flowcontrol.json). */
function fairness(): Manifest[] {
  const text = Deno.readTextFileSync(new URL("./flowcontrol.json", import.meta.url));
  const { levels, schemas } = JSON.parse(text) as Record<"levels" | "schemas", Manifest[]>;
  const of = (kind: string) => (object: Manifest): Manifest => ({
    ...object,
    apiVersion: "flowcontrol.apiserver.k8s.io/v1",
    kind,
  });
  return [
    ...levels.map(of("PriorityLevelConfiguration")),
    ...schemas.map(of("FlowSchema")).map((schema) => ({
      ...schema,
      status: {
        conditions: [{
          type: "Dangling",
          status: "False",
          reason: "Found",
          message: `This FlowSchema references the PriorityLevelConfiguration object named ${
            JSON.stringify(schema.spec.priorityLevelConfiguration.name)
          } and it exists`,
        }],
      },
    })),
  ];
}

/** What the control plane and the kubelets keep beside what is asked of them, for nodes that are there. */
export function controlPlane(nodes: readonly Manifest[], nowText: string): Manifest[] {
  return [
    extensionAuthentication(),
    serviceCidr(nowText),
    ...nodes.map(csiNode),
    ...[["controller-manager", "ok"], ["scheduler", "ok"], ["etcd-0", "ok"]].map(componentStatus),
    ...fairness(),
  ];
}
