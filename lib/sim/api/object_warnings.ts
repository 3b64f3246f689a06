import {
  dns1123SubdomainFaults,
  type KubeObject,
  type models,
  Quantity,
  sameJson,
} from "../../kube/mod.ts";
import { quote } from "../../go/mod.ts";

/**
 * What upstream says of an object that is made, though it takes it.
 * Source: kubernetes/kubernetes pkg/registry, WarningsOnCreate in each strategy.go.
 */
export function* creationWarnings(resource: string, object: KubeObject): Generator<string> {
  yield* nameWarnings(resource, object.metadata.name);
  yield* objectWarnings(resource, object);
}

/**
 * The same of one that is changed: nothing of a pod or an Ingress, of what has a template only with a new generation,
 * which for a DaemonSet is that of its template.
 * Source: as above, WarningsOnUpdate.
 */
export function updateWarnings(
  resource: string,
  object: KubeObject,
  previous: KubeObject,
): Iterable<string> {
  if (resource === "services") return objectWarnings(resource, object);
  if (resource === "pods" || resource === "ingresses.networking.k8s.io") return [];
  if (object.metadata.generation === previous.metadata.generation) return [];
  if (
    resource === "daemonsets.apps" && sameJson(object.spec.template, previous.spec.template)
  ) return [];
  // Of these upstream looks at the template of before.
  return objectWarnings(resource, resource === "replicationcontrollers" ? previous : object);
}

function objectWarnings(resource: string, object: KubeObject): Iterable<string> {
  const { spec = {}, metadata } = object;
  switch (resource) {
    case "pods":
      return podWarnings("spec", spec);
    case "deployments.apps":
    case "replicasets.apps":
    case "daemonsets.apps":
    case "replicationcontrollers":
    case "jobs.batch":
      return podWarnings("spec.template.spec", spec.template?.spec ?? {});
    case "statefulsets.apps":
      return [
        ...podWarnings("spec.template.spec", spec.template?.spec ?? {}),
        ...(spec.revisionHistoryLimit < 0
          ? [
            "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended",
          ]
          : []),
      ];
    case "cronjobs.batch":
      return podWarnings(
        "spec.jobTemplate.spec.template.spec",
        spec.jobTemplate?.spec?.template?.spec ?? {},
      );
    case "services":
      return serviceWarnings(spec);
    case "ingresses.networking.k8s.io":
      return metadata.annotations?.[INGRESS_CLASS] === undefined ? [] : [
        `annotation ${
          quote(INGRESS_CLASS)
        } is deprecated, please use 'spec.ingressClassName' instead`,
      ];
    default:
      return [];
  }
}

const INGRESS_CLASS = "kubernetes.io/ingress.class";
/** Those whose name becomes the names of pods. */
const NAMED = new Set([
  "deployments.apps",
  "replicasets.apps",
  "replicationcontrollers",
  "jobs.batch",
]);

function nameWarnings(resource: string, name: string): string[] {
  if (!NAMED.has(resource) || !name.includes(".") || dns1123SubdomainFaults(name).length > 0) {
    return [];
  }
  const faults = [
    ...(name.length > 63 ? ["must be no more than 63 characters"] : []),
    "must not contain dots",
  ];
  return [
    `metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${
      faults.join(" ")
    }]`,
  ];
}

/** Source: kubernetes/kubernetes pkg/api/service/warnings.go. */
function serviceWarnings(spec: models.ServiceSpec): string[] {
  const { externalIPs, trafficDistribution, sessionAffinity, clusterIP, type } = spec;
  return [
    clusterIP === "None" && spec.loadBalancerIP &&
    "spec.loadBalancerIP is ignored for headless services",
    clusterIP === "None" && externalIPs?.length &&
    "spec.externalIPs is ignored for headless services",
    clusterIP === "None" && sessionAffinity === "ClientIP" &&
    "spec.SessionAffinity is ignored for headless services",
    externalIPs?.length &&
    (type === "ExternalName"
      ? 'spec.externalIPs is ignored when spec.type is "ExternalName"'
      : "spec.externalIPs is deprecated and may no longer be implemented in some clusters"),
    trafficDistribution === "PreferClose" &&
    'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
  ].filter((text): text is string => typeof text === "string" && text !== "");
}

/** Volumes of systems that are gone, or are going. */
const OLD_VOLUMES: Readonly<Record<string, string>> = {
  photonPersistentDisk: "deprecated in v1.11, non-functional in v1.16+",
  gitRepo: "deprecated in v1.11, and disabled by default in v1.33+",
  scaleIO: "deprecated in v1.16, non-functional in v1.22+",
  flocker: "deprecated in v1.22, non-functional in v1.25+",
  storageos: "deprecated in v1.22, non-functional in v1.25+",
  quobyte: "deprecated in v1.22, non-functional in v1.25+",
  glusterfs: "deprecated in v1.25, non-functional in v1.26+",
  cephfs: "deprecated in v1.28, non-functional in v1.31+",
  rbd: "deprecated in v1.28, non-functional in v1.31+",
};

/** Source: kubernetes/kubernetes pkg/api/pod/warnings.go (warningsForPodSpecAndMeta), what people meet of it. */
function* podWarnings(at: string, spec: Partial<models.PodSpec>): Generator<string> {
  const containers = (["initContainers", "containers"] as const).flatMap((list) =>
    (spec[list] ?? []).map((container, i) => [`${at}.${list}[${i}]`, container] as const)
  );
  yield* [
    ...(spec.topologySpreadConstraints ?? []).flatMap(({ labelSelector }, i) =>
      labelSelector ? [] : [
        `${at}.topologySpreadConstraints[${i}].labelSelector: a null labelSelector results in matching no pod`,
      ]
    ),
    ...(spec.volumes ?? []).flatMap((volume, i) =>
      Object.entries(OLD_VOLUMES).flatMap(([kind, text]) =>
        kind in volume
          ? [`${at}.volumes[${i}].${kind === "storageos" ? "storageOS" : kind}: ${text}`]
          : []
      )
    ),
    ...(spec.volumes ?? []).flatMap(({ name, projected }) =>
      projected?.sources?.some((source) => Object.keys(source).length === 0)
        ? [`volume ${quote(name)} (Projected) has no sources provided`]
        : []
    ),
    ...repeated(
      spec.hostAliases,
      ({ ip }) => ip,
      (i, ip) => `${at}.hostAliases[${i}].ip: duplicate ip ${quote(ip)}`,
    ),
    ...repeated(
      spec.imagePullSecrets,
      ({ name = "" }) => name,
      (i, name) => `${at}.imagePullSecrets[${i}].name: duplicate name ${quote(name)}`,
    ),
    ...(spec.imagePullSecrets ?? []).flatMap(({ name = "" }, i) =>
      name === "" ? [`${at}.imagePullSecrets[${i}].name: invalid empty name ""`] : []
    ),
    ...containers.flatMap(([path, container]) => [
      ...fractions(path, container.resources),
      ...hiddenVariables(path, container.env),
    ]),
  ];
  yield* portWarnings(containers);
}

function repeated<T>(
  list: readonly T[] | undefined,
  keyOf: (item: T) => string,
  text: (i: number, key: string) => string,
): string[] {
  const seen = new Set<string>();
  return (list ?? []).flatMap((item, i) => {
    const key = keyOf(item);
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew ? [] : [text(i, key)];
  });
}

/** Bytes come whole. */
function fractions(at: string, resources: models.ResourceRequirements | undefined): string[] {
  return (["memory", "ephemeral-storage"] as const).flatMap((name) =>
    (["limits", "requests"] as const).flatMap((part) => {
      const amount = resources?.[part]?.[name];
      if (amount === undefined) return [];
      const quantity = Quantity.parse(amount);
      if (quantity.nano % 1_000_000_000n === 0n) return [];
      return [
        `${at}.resources.${part}[${name}]: fractional byte value ${
          quote(quantity.toString())
        } is invalid, must be an integer`,
      ];
    })
  );
}

function hiddenVariables(at: string, env: readonly models.EnvVar[] = []): string[] {
  const seen = new Set<string>();
  return env.flatMap(({ name, value = "", valueFrom }, i) => {
    const isNew = !seen.has(name);
    seen.add(name);
    const reference = `$(${name})`;
    if (isNew || (!valueFrom && value !== reference && value.includes(reference))) return [];
    return [
      `${at}.env[${i}]: hides previous definition of ${
        quote(name)
      }, which may be dropped when using apply`,
    ];
  });
}

type Port = readonly [at: string, port: models.ContainerPort];

/** Every text is of two ports that stand in each other's way: no port is looked at beside one that it does not meet. */
function* portWarnings(
  containers: readonly (readonly [string, models.Container])[],
): Generator<string> {
  const ports: Port[] = containers.flatMap(([path, container]) =>
    (container.ports ?? []).map((port, i) => [`${path}.ports[${i}]`, port] as const)
  );
  const known = new Map<string, [index: number, port: Port][]>();
  for (const [index, [at, port]] of ports.entries()) {
    const { containerPort, protocol = "TCP", hostIP = "", hostPort = 0 } = port;
    if (hostIP && !hostPort) {
      const shown = `{Name:${
        port.name ?? ""
      } HostPort:0 ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
      yield `${at}: hostIP set without hostPort: ${shown}`;
    }
    const all = `${containerPort}/${protocol}`;
    const [ofPort, ofAddress] = [`${all} ${hostPort}`, `${all} ${hostPort} ${hostIP}`];
    const met = hostPort === 0
      ? [all]
      : [`${all} 0`, ...(hostIP === "" ? [ofPort] : [`${ofPort} `, ofAddress])];
    const others = met.flatMap((key) => known.get(key) ?? []).sort(([a], [b]) => a - b);
    for (const [, [there, other]] of others) {
      const [ip, own] = [other.hostIP ?? "", other.hostPort ?? 0];
      const how = hostIP === ip && hostPort === own
        ? "duplicate"
        : hostPort === 0 || own === 0
        ? "overlapping"
        : "dangerously ambiguous";
      yield `${at}: ${how} port definition with ${there}`;
    }
    for (const key of [all, ofPort, ofAddress]) {
      const list = known.get(key);
      if (list) list.push([index, [at, port]]);
      else known.set(key, [[index, [at, port]]]);
    }
  }
  const named = new Map<string, string>();
  for (const [at, { name }] of ports) {
    if (!name) continue;
    const other = named.get(name);
    if (other === undefined) named.set(name, at);
    else {
      yield `${at}: duplicate port name ${
        quote(name)
      } with ${other}, services and probes that select ports by name will use ${other}`;
    }
  }
}
