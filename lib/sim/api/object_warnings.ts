import { dns1123SubdomainFaults, type KubeObject, type models, Quantity } from "../../kube/mod.ts";
import { quote } from "../../go/mod.ts";
import { type Kind, kindOf, podSpecOf } from "./kinds/mod.ts";

/**
 * What upstream says of an object that is made, though it takes it.
 * Source: kubernetes/kubernetes pkg/registry, WarningsOnCreate in each strategy.go.
 */
export function* creationWarnings(resource: string, object: KubeObject): Generator<string> {
  const kind = kindOf(resource);
  if (kind.namesPods) yield* nameWarnings(object.metadata.name);
  yield* objectWarnings(kind, object);
}

/** The same of one that is changed. Source: as above, WarningsOnUpdate. */
export function updateWarnings(
  resource: string,
  next: KubeObject,
  previous: KubeObject,
): Iterable<string> {
  const kind = kindOf(resource);
  const isNew = next.metadata.generation !== previous.metadata.generation;
  const warned = kind.warnedOnUpdate
    ? kind.warnedOnUpdate(next, previous)
    : isNew
    ? next
    : undefined;
  return warned ? objectWarnings(kind, warned) : [];
}

function* objectWarnings({ podSpecAt, warnings }: Kind, object: KubeObject): Generator<string> {
  if (podSpecAt) yield* podWarnings(podSpecAt, podSpecOf(object, podSpecAt) ?? {});
  if (warnings) yield* warnings(object);
}

function nameWarnings(name: string): string[] {
  if (!name.includes(".") || dns1123SubdomainFaults(name).length > 0) return [];
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
