import { type Cancel, InvariantError } from "../../../base/mod.ts";
import { joinHostPort } from "../../../go/mod.ts";
import {
  type BuiltInKinds,
  conditionOf,
  controllerOf,
  type KubeObject,
  matches,
  type models,
  parseSelector,
  type Pod,
  type Service,
} from "../../../kube/mod.ts";
import { sanitizeLabelName } from "../../../promql/mod.ts";
import type { SimApi, WatchEvent } from "../../seams.ts";
import type { KubernetesSdConfig } from "./config.ts";

type LabelSet = Record<string, string>;

/** Targets that come from one object, with the labels they share. */
export interface TargetGroup {
  source: string;
  labels: Readonly<LabelSet>;
  targets: readonly Readonly<LabelSet>[];
}

const PREFIX = "__meta_kubernetes_";

/** Resources each role lists and watches. */
const WATCHED: Record<KubernetesSdConfig["role"], readonly string[]> = {
  node: ["nodes"],
  pod: ["pods"],
  service: ["services"],
  endpoints: ["endpoints", "services", "pods"],
  endpointslice: ["endpointslices.discovery.k8s.io", "services", "pods"],
  ingress: ["ingresses.networking.k8s.io"],
};

const MAIN_RESOURCE: Record<KubernetesSdConfig["role"], string> = {
  node: "nodes",
  pod: "pods",
  service: "services",
  endpoints: "endpoints",
  endpointslice: "endpointslices.discovery.k8s.io",
  ingress: "ingresses.networking.k8s.io",
};

const SELECTOR_ROLE: Record<string, string> = {
  nodes: "node",
  pods: "pod",
  services: "service",
  endpoints: "endpoints",
  "endpointslices.discovery.k8s.io": "endpointslice",
  "ingresses.networking.k8s.io": "ingress",
};

/**
 * Objects of the cluster as Prometheus's service discovery holds them: one watch per resource,
 * shared by all jobs.
 */
export class KubernetesObjects {
  readonly #kube: SimApi;
  readonly #onChange: () => void;
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #watches = new Map<string, Cancel>();
  /** Counted up at every change of a resource in a namespace. */
  readonly #versions = new Map<string, number>();
  /** Events by role and kind, as `prometheus_sd_kubernetes_events_total` shows them. */
  readonly events = new Map<string, number>();

  constructor(kube: SimApi, onChange: () => void) {
    this.#kube = kube;
    this.#onChange = onChange;
  }

  /** Watches `resource` from now on. Errors: ApiError when it may not be listed. */
  need(resource: string): void {
    if (this.#watches.has(resource)) return;
    this.#objects.set(resource, new Map());
    this.#watches.set(resource, this.#kube.watch(resource, (event) => this.#seen(resource, event)));
  }

  /** Ends watches of resources that are not in `needed`. */
  keepOnly(needed: ReadonlySet<string>): void {
    for (const [resource, cancel] of this.#watches) {
      if (needed.has(resource)) continue;
      cancel();
      this.#watches.delete(resource);
      this.#objects.delete(resource);
    }
  }

  all(resource: string): Iterable<KubeObject> {
    return this.#objects.get(resource)?.values() ?? [];
  }

  get(resource: string, namespace: string, name: string): KubeObject | undefined {
    return this.#objects.get(resource)?.get(`${namespace}/${name}`);
  }

  /** Changes whenever an object of `resource` in `namespace` does. */
  version(resource: string, namespace: string): number {
    return this.#versions.get(`${resource} ${namespace}`) ?? 0;
  }

  #seen(resource: string, { type, object }: WatchEvent): void {
    const { namespace = "", name } = object.metadata;
    const key = `${namespace}/${name}`;
    if (type === "DELETED") this.#objects.get(resource)?.delete(key);
    else this.#objects.get(resource)?.set(key, object);
    const scope = `${resource} ${namespace}`;
    this.#versions.set(scope, (this.#versions.get(scope) ?? 0) + 1);
    const event = { ADDED: "add", MODIFIED: "update", DELETED: "delete" }[type];
    const counter = `${SELECTOR_ROLE[resource]} ${event}`;
    this.events.set(counter, (this.events.get(counter) ?? 0) + 1);
    this.#onChange();
  }
}

/** A group with what it was made of, to know when to make it again. */
interface Cached {
  object: KubeObject;
  stamp: string;
  group: TargetGroup;
}

/**
 * Turns objects into target groups for one `kubernetes_sd_configs` entry.
 * Source: prometheus/prometheus discovery/kubernetes.
 * Differs: the ingress role is not simulated and finds nothing.
 */
export class KubernetesDiscovery {
  readonly config: KubernetesSdConfig;
  readonly #objects: KubernetesObjects;
  #cache = new Map<string, Cached>();

  constructor(config: KubernetesSdConfig, objects: KubernetesObjects) {
    this.config = config;
    this.#objects = objects;
  }

  /** Every resource this discovery watches. */
  get resources(): string[] {
    const { role, attachNode, attachNamespace } = this.config;
    return [
      ...WATCHED[role],
      ...(attachNode && role !== "node" ? ["nodes"] : []),
      ...(attachNamespace && role !== "node" ? ["namespaces"] : []),
    ];
  }

  /** The groups now, in the order of their objects' names; unchanged ones are the same objects. */
  groups(): TargetGroup[] {
    const { role, namespaces } = this.config;
    if (role === "ingress") return [];
    const next = new Map<string, Cached>();
    const found: TargetGroup[] = [];
    for (const object of this.#selected(MAIN_RESOURCE[role])) {
      const { namespace = "", name } = object.metadata;
      if (namespaces.length > 0 && role !== "node" && !namespaces.includes(namespace)) continue;
      const key = `${namespace}/${name}`;
      const stamp = this.#stamp(namespace);
      const cached = this.#cache.get(key);
      const group = cached && cached.object === object && cached.stamp === stamp
        ? cached.group
        : this.#build(object);
      if (!group) continue;
      next.set(key, { object, stamp, group });
      found.push(group);
    }
    this.#cache = next;
    return found.sort((a, b) => a.source < b.source ? -1 : 1);
  }

  /** Versions of what a group of an object in `namespace` is made of beside the object itself. */
  #stamp(namespace: string): string {
    const { role, attachNode, attachNamespace } = this.config;
    const version = (resource: string, scope: string) => this.#objects.version(resource, scope);
    let stamp = "";
    if (role === "endpoints" || role === "endpointslice") {
      stamp += `${version("services", namespace)} ${version("pods", namespace)}`;
    }
    if (attachNode) stamp += ` ${version("nodes", "")}`;
    if (attachNamespace) stamp += ` ${version("namespaces", "")}`;
    return stamp;
  }

  *#selected(resource: string): Iterable<KubeObject> {
    const mine = this.config.selectors.filter(({ role }) => role === SELECTOR_ROLE[resource]);
    for (const object of this.#objects.all(resource)) {
      const fits = mine.every(({ label, field }) =>
        matches(parseSelector(label), object.metadata.labels) && fieldsMatch(field, object)
      );
      if (fits) yield object;
    }
  }

  #build(object: KubeObject): TargetGroup | undefined {
    switch (this.config.role) {
      case "node":
        return this.#nodeGroup(object);
      case "pod":
        return this.#podGroup(object);
      case "service":
        return this.#serviceGroup(object);
      case "endpoints":
        return this.#endpointsGroup(object);
      case "endpointslice":
        return this.#endpointSliceGroup(object as BuiltInKinds["endpointslices.discovery.k8s.io"]);
      case "ingress":
        throw new InvariantError("The ingress role has no groups");
    }
  }

  #nodeGroup(node: KubeObject): TargetGroup | undefined {
    const labels: LabelSet = { [`${PREFIX}node_provider_id`]: node.spec?.providerID ?? "" };
    for (const { type, status } of node.status?.conditions ?? []) {
      labels[`${PREFIX}node_condition_${sanitizeLabelName(type.toLowerCase())}`] = status
        .toLowerCase();
    }
    addObjectMeta(labels, node, "node");
    const addresses = new Map<string, string>();
    for (const { type, address } of node.status?.addresses ?? []) {
      if (!addresses.has(type)) addresses.set(type, address);
    }
    const order = ["InternalIP", "InternalDNS", "ExternalIP", "ExternalDNS", "Hostname"];
    const address = order.map((type) => addresses.get(type)).find((one) => one !== undefined);
    if (address === undefined) return undefined;
    const port = node.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
    const target: LabelSet = {
      __address__: joinHostPort(address, port),
      instance: node.metadata.name,
    };
    for (const [type, value] of addresses) {
      target[`${PREFIX}node_address_${sanitizeLabelName(type)}`] = value;
    }
    return { source: `node/${node.metadata.name}`, labels, targets: [target] };
  }

  #podGroup(pod: Pod): TargetGroup {
    const { namespace = "", name } = pod.metadata;
    const source = `pod/${namespace}/${name}`;
    const ip = pod.status?.podIP ?? "";
    if (ip === "") return { source, labels: {}, targets: [] };
    const labels = podLabels(pod);
    labels[`${PREFIX}namespace`] = namespace;
    this.#addNode(labels, pod.spec?.nodeName);
    this.#addNamespace(labels, namespace);
    const targets: LabelSet[] = [];
    for (const { container, isInit } of containersOf(pod)) {
      const statuses = isInit ? pod.status?.initContainerStatuses : pod.status?.containerStatuses;
      const id = statuses?.find((status) => status.name === container.name)?.containerID ?? "";
      const common: LabelSet = {
        [`${PREFIX}pod_container_name`]: container.name,
        [`${PREFIX}pod_container_id`]: id,
        [`${PREFIX}pod_container_image`]: container.image ?? "",
        [`${PREFIX}pod_container_init`]: String(isInit),
      };
      const ports = container.ports ?? [];
      if (ports.length === 0) targets.push({ __address__: ip, ...common });
      for (const port of ports) {
        targets.push({
          __address__: joinHostPort(ip, port.containerPort),
          ...common,
          [`${PREFIX}pod_container_port_number`]: String(port.containerPort),
          [`${PREFIX}pod_container_port_name`]: port.name ?? "",
          [`${PREFIX}pod_container_port_protocol`]: port.protocol ?? "TCP",
        });
      }
    }
    return { source, labels, targets };
  }

  #serviceGroup(service: Service): TargetGroup {
    const { namespace = "", name } = service.metadata;
    const labels: LabelSet = {};
    addService(labels, service);
    this.#addNamespace(labels, namespace);
    const { type = "ClusterIP", clusterIP = "", externalName = "" } = service.spec ?? {};
    const targets = (service.spec?.ports ?? []).map((port): LabelSet => ({
      __address__: `${name}.${namespace}.svc:${port.port}`,
      [`${PREFIX}service_port_name`]: port.name ?? "",
      [`${PREFIX}service_port_number`]: String(port.port),
      [`${PREFIX}service_port_protocol`]: port.protocol ?? "TCP",
      [`${PREFIX}service_type`]: type,
      ...(type === "ExternalName"
        ? { [`${PREFIX}service_external_name`]: externalName }
        : { [`${PREFIX}service_cluster_ip`]: clusterIP }),
    }));
    return { source: `svc/${namespace}/${name}`, labels, targets };
  }

  #endpointsGroup(endpoints: BuiltInKinds["endpoints"]): TargetGroup {
    const { namespace = "", name } = endpoints.metadata;
    const labels: LabelSet = { [`${PREFIX}namespace`]: namespace };
    const service = this.#object("services", namespace, name);
    if (service) addService(labels, service);
    addObjectMeta(labels, endpoints, "endpoints");
    this.#addNamespace(labels, namespace);
    const targets = new PodTargets();
    for (const subset of endpoints.subsets ?? []) {
      for (const port of subset.ports ?? []) {
        const add = (address: models.EndpointAddress, ready: string) => {
          const target: LabelSet = {
            __address__: joinHostPort(address.ip, port.port),
            [`${PREFIX}endpoint_port_name`]: port.name ?? "",
            [`${PREFIX}endpoint_port_protocol`]: port.protocol ?? "TCP",
            [`${PREFIX}endpoint_ready`]: ready,
          };
          if (address.targetRef) {
            target[`${PREFIX}endpoint_address_target_kind`] = address.targetRef.kind ?? "";
            target[`${PREFIX}endpoint_address_target_name`] = address.targetRef.name ?? "";
          }
          if (address.nodeName) target[`${PREFIX}endpoint_node_name`] = address.nodeName;
          if (address.hostname) target[`${PREFIX}endpoint_hostname`] = address.hostname;
          this.#addNode(target, address.nodeName ?? nodeOf(address.targetRef));
          targets.add(target, this.#podOf(address.targetRef), port.port);
        };
        for (const address of subset.addresses ?? []) add(address, "true");
        for (const address of subset.notReadyAddresses ?? []) add(address, "false");
      }
    }
    return { source: `endpoints/${namespace}/${name}`, labels, targets: targets.all() };
  }

  #endpointSliceGroup(slice: BuiltInKinds["endpointslices.discovery.k8s.io"]): TargetGroup {
    const { namespace = "", name } = slice.metadata;
    const labels: LabelSet = {
      [`${PREFIX}namespace`]: namespace,
      [`${PREFIX}endpointslice_address_type`]: slice.addressType ?? "",
    };
    addObjectMeta(labels, slice, "endpointslice");
    const serviceName = slice.metadata.labels?.["kubernetes.io/service-name"];
    const service = serviceName ? this.#object("services", namespace, serviceName) : undefined;
    if (service) addService(labels, service);
    this.#addNamespace(labels, namespace);
    const targets = new PodTargets();
    for (const endpoint of slice.endpoints ?? []) {
      for (const port of slice.ports ?? []) {
        for (const address of endpoint.addresses ?? []) {
          const target = sliceTarget(address, endpoint, port);
          const ref = endpoint.targetRef;
          this.#addNode(target, nodeOf(ref) ?? endpoint.nodeName);
          targets.add(target, this.#podOf(ref), port.port);
        }
      }
    }
    return { source: `endpointslice/${namespace}/${name}`, labels, targets: targets.all() };
  }

  /** An object of a resource that serves only to add labels; the entry's selectors apply to it too. */
  #object(resource: string, namespace: string, name: string): KubeObject | undefined {
    const object = this.#objects.get(resource, namespace, name);
    if (!object) return undefined;
    const mine = this.config.selectors.filter(({ role }) => role === SELECTOR_ROLE[resource]);
    return mine.every(({ label }) => matches(parseSelector(label), object.metadata.labels))
      ? object
      : undefined;
  }

  #podOf(ref: models.ObjectReference | undefined): Pod | undefined {
    return ref?.kind === "Pod"
      ? this.#object("pods", ref.namespace ?? "", ref.name ?? "")
      : undefined;
  }

  #addNode(labels: LabelSet, name: string | undefined): void {
    if (!this.config.attachNode || !name) return;
    const node = this.#objects.get("nodes", "", name);
    if (node) addObjectMeta(labels, node, "node");
  }

  #addNamespace(labels: LabelSet, name: string): void {
    if (!this.config.attachNamespace) return;
    const namespace = this.#objects.get("namespaces", "", name);
    if (namespace) addLabelsAndAnnotations(labels, namespace, "namespace");
  }
}

/** Targets of a Service's endpoints, and of the ports of their pods that the Service does not have. */
class PodTargets {
  #targets: LabelSet[] = [];
  #pods = new Map<Pod, (number | undefined)[]>();

  add(target: LabelSet, pod: Pod | undefined, port: number | undefined): void {
    this.#targets.push(target);
    if (!pod) return;
    this.#pods.set(pod, [...this.#pods.get(pod) ?? [], port]);
    Object.assign(target, podLabels(pod));
    for (const { container, isInit } of containersOf(pod)) {
      const own = container.ports?.find(({ containerPort }) => containerPort === port);
      if (own) Object.assign(target, containerPortLabels(container, own, isInit));
    }
  }

  all(): LabelSet[] {
    for (const [pod, served] of this.#pods) {
      const ip = pod.status?.podIP;
      if (!ip) continue;
      for (const { container, isInit } of containersOf(pod)) {
        for (const port of container.ports ?? []) {
          if (served.includes(port.containerPort)) continue;
          this.#targets.push({
            __address__: joinHostPort(ip, port.containerPort),
            ...containerPortLabels(container, port, isInit),
            ...podLabels(pod),
          });
        }
      }
    }
    return this.#targets;
  }
}

function sliceTarget(
  address: string,
  endpoint: models.Endpoint,
  port: models.EndpointSlicePort,
): LabelSet {
  const target: LabelSet = {
    __address__: port.port === undefined ? address : joinHostPort(address, port.port),
  };
  const set = (name: string, value: unknown) => {
    if (value !== undefined && value !== null) {
      target[`${PREFIX}endpointslice_${name}`] = String(value);
    }
  };
  set("port_name", port.name);
  set("port_protocol", port.protocol);
  set("port", port.port);
  set("port_app_protocol", port.appProtocol);
  set("endpoint_conditions_ready", endpoint.conditions?.ready);
  set("endpoint_conditions_serving", endpoint.conditions?.serving);
  set("endpoint_conditions_terminating", endpoint.conditions?.terminating);
  set("endpoint_hostname", endpoint.hostname);
  if (endpoint.targetRef) {
    set("address_target_kind", endpoint.targetRef.kind ?? "");
    set("address_target_name", endpoint.targetRef.name ?? "");
  }
  set("endpoint_node_name", endpoint.nodeName);
  set("endpoint_zone", endpoint.zone);
  return target;
}

function podLabels(pod: Pod): LabelSet {
  const ready = conditionOf(pod, "Ready")?.status ?? "unknown";
  const labels: LabelSet = {
    [`${PREFIX}pod_ip`]: pod.status?.podIP ?? "",
    [`${PREFIX}pod_ready`]: ready.toLowerCase(),
    [`${PREFIX}pod_phase`]: pod.status?.phase ?? "",
    [`${PREFIX}pod_node_name`]: pod.spec?.nodeName ?? "",
    [`${PREFIX}pod_host_ip`]: pod.status?.hostIP ?? "",
    [`${PREFIX}pod_uid`]: pod.metadata.uid ?? "",
  };
  addObjectMeta(labels, pod, "pod");
  const owner = controllerOf(pod);
  if (owner) {
    labels[`${PREFIX}pod_controller_kind`] = owner.kind;
    labels[`${PREFIX}pod_controller_name`] = owner.name;
  }
  return labels;
}

interface NamedPort {
  containerPort: number;
  name?: string;
  protocol?: string;
}

function containerPortLabels(
  container: { name: string; image?: string },
  port: NamedPort,
  isInit: boolean,
): LabelSet {
  return {
    [`${PREFIX}pod_container_name`]: container.name,
    [`${PREFIX}pod_container_image`]: container.image ?? "",
    [`${PREFIX}pod_container_port_name`]: port.name ?? "",
    [`${PREFIX}pod_container_port_number`]: String(port.containerPort),
    [`${PREFIX}pod_container_port_protocol`]: port.protocol ?? "TCP",
    [`${PREFIX}pod_container_init`]: String(isInit),
  };
}

function containersOf(pod: Pod) {
  return [
    ...(pod.spec?.containers ?? []).map((container) => ({ container, isInit: false })),
    ...(pod.spec?.initContainers ?? []).map((container) => ({ container, isInit: true })),
  ];
}

function addService(labels: LabelSet, service: KubeObject): void {
  labels[`${PREFIX}namespace`] = service.metadata.namespace ?? "";
  addObjectMeta(labels, service, "service");
}

function addObjectMeta(labels: LabelSet, object: KubeObject, role: string): void {
  labels[`${PREFIX}${role}_name`] = object.metadata.name;
  addLabelsAndAnnotations(labels, object, role);
}

function addLabelsAndAnnotations(labels: LabelSet, object: KubeObject, role: string): void {
  const { labels: own = {}, annotations = {} } = object.metadata;
  for (const name in own) {
    const sanitized = sanitizeLabelName(name);
    labels[`${PREFIX}${role}_label_${sanitized}`] = own[name];
    labels[`${PREFIX}${role}_labelpresent_${sanitized}`] = "true";
  }
  for (const name in annotations) {
    const sanitized = sanitizeLabelName(name);
    labels[`${PREFIX}${role}_annotation_${sanitized}`] = annotations[name];
    labels[`${PREFIX}${role}_annotationpresent_${sanitized}`] = "true";
  }
}

function nodeOf(ref: models.ObjectReference | undefined): string | undefined {
  return ref?.kind === "Node" ? ref.name : undefined;
}

function fieldsMatch(selector: string, object: KubeObject): boolean {
  return matches(parseSelector(selector), {
    "metadata.name": object.metadata.name,
    "metadata.namespace": object.metadata.namespace ?? "",
    "spec.nodeName": object.spec?.nodeName ?? "",
    "status.phase": object.status?.phase ?? "",
  });
}
