import type { Cancel } from "../../base/mod.ts";
import {
  type EndpointSlice,
  isFinished,
  type KubeObject,
  type Node,
  type Service,
} from "../../kube/mod.ts";
import type { SimApi } from "../seams.ts";

/** Where one connection to a Service may go. */
export interface Backend {
  ip: string;
  port: number;
  nodeName: string | undefined;
  hostname: string | undefined;
  ready: boolean;
  /** The pod behind the address, when there is one. */
  podName: string | undefined;
}

/** A Service port and the Service it is part of. */
export interface ServicePort {
  service: Service;
  name: string;
  port: number;
}

interface NodeAddress {
  name: string;
  ip: string;
  /** How the addresses of its pods begin: `10.244.1.`; undefined while it has none. */
  pods: string | undefined;
}

const SERVICE_NAME = "kubernetes.io/service-name";

/**
 * Services, endpoint slices, nodes and pod addresses, indexed as kube-proxy and DNS look them up.
 * It is filled by watches alone, so that nothing in it can be older than the API.
 */
export class ServiceIndex {
  readonly #services = new Map<string, Service>();
  readonly #byClusterIp = new Map<string, Service>();
  readonly #byNodePort = new Map<number, ServicePort>();
  readonly #slices = new Map<string, Map<string, EndpointSlice>>();
  readonly #backends = new Map<string, Backend[]>();
  readonly #nodesByIp = new Map<string, NodeAddress>();
  readonly #nodesByName = new Map<string, NodeAddress>();
  readonly #podIps = new Map<string, string>();

  /** Follows `api`; the answer stops following. */
  attach(api: SimApi): Cancel {
    const cancels = [
      api.watch<Service>("services", ({ type, object, previous }) => {
        this.#dropService(previous ?? object);
        if (type !== "DELETED") this.#addService(object);
      }),
      api.watch("endpointslices.discovery.k8s.io", ({ type, object }) => {
        this.#setSlice(object, type === "DELETED");
      }),
      api.watch("nodes", ({ type, object }) => this.#setNode(object, type === "DELETED")),
      api.watch("pods", ({ type, object, previous }) => {
        const gone = type === "DELETED" || isFinished(object);
        const ip = (object.status?.podIP ?? previous?.status?.podIP) as string | undefined;
        if (!ip || object.spec?.hostNetwork) return;
        if (!gone) this.#podIps.set(ip, object.metadata.uid!);
        else if (this.#podIps.get(ip) === object.metadata.uid) this.#podIps.delete(ip);
      }),
    ];
    return () => cancels.forEach((cancel) => cancel());
  }

  service(namespace: string, name: string): Service | undefined {
    return this.#services.get(`${namespace}/${name}`);
  }

  serviceByClusterIp(ip: string): Service | undefined {
    return this.#byClusterIp.get(ip);
  }

  serviceByNodePort(port: number): ServicePort | undefined {
    return this.#byNodePort.get(port);
  }

  nodeByIp(ip: string): NodeAddress | undefined {
    return this.#nodesByIp.get(ip);
  }

  nodeByName(name: string): NodeAddress | undefined {
    return this.#nodesByName.get(name);
  }

  /** The node on which the pod with an address runs. */
  nodeOfPod(ip: string): NodeAddress | undefined {
    for (const node of this.#nodesByIp.values()) {
      if (node.pods && ip.startsWith(node.pods)) return node;
    }
    return undefined;
  }

  /** Whether a pod's network namespace answers at `ip`. */
  hasPodIp(ip: string): boolean {
    return this.#podIps.has(ip);
  }

  /** Every address behind a Service port (undefined: behind any), ready or not. */
  backends(namespace: string, name: string, portName: string | undefined): readonly Backend[] {
    const key = `${namespace}/${name}/${portName ?? "*"}`;
    let found = this.#backends.get(key);
    if (!found) {
      found = this.#collect(`${namespace}/${name}`, portName);
      this.#backends.set(key, found);
    }
    return found;
  }

  #collect(service: string, portName: string | undefined): Backend[] {
    const out: Backend[] = [];
    for (const slice of this.#slices.get(service)?.values() ?? []) {
      const ports = slice.ports ?? [];
      const port = portName === undefined
        ? ports[0]
        : ports.find((candidate) => (candidate.name ?? "") === portName);
      if (!port && portName !== undefined) continue;
      for (const endpoint of slice.endpoints ?? []) {
        for (const ip of endpoint.addresses ?? []) {
          out.push({
            ip,
            port: port?.port ?? 0,
            nodeName: endpoint.nodeName,
            hostname: endpoint.hostname,
            ready: endpoint.conditions?.ready ?? true,
            podName: endpoint.targetRef?.name,
          });
        }
      }
    }
    return out;
  }

  #addService(service: Service): void {
    this.#services.set(keyOf(service), service);
    const clusterIp = service.spec?.clusterIP;
    if (clusterIp && clusterIp !== "None") this.#byClusterIp.set(clusterIp, service);
    for (const port of service.spec?.ports ?? []) {
      if (!port.nodePort || (port.protocol ?? "TCP") !== "TCP") continue;
      this.#byNodePort.set(port.nodePort, { service, name: port.name ?? "", port: port.port });
    }
  }

  #dropService(service: Service): void {
    this.#services.delete(keyOf(service));
    const clusterIp = service.spec?.clusterIP;
    if (clusterIp && this.#byClusterIp.get(clusterIp)?.metadata.uid === service.metadata.uid) {
      this.#byClusterIp.delete(clusterIp);
    }
    for (const port of service.spec?.ports ?? []) {
      const owner = port.nodePort && this.#byNodePort.get(port.nodePort);
      if (owner && owner.service.metadata.uid === service.metadata.uid) {
        this.#byNodePort.delete(port.nodePort!);
      }
    }
  }

  #setSlice(slice: EndpointSlice, deleted: boolean): void {
    const service = slice.metadata.labels?.[SERVICE_NAME];
    if (!service) return;
    const key = `${slice.metadata.namespace}/${service}`;
    const slices = this.#slices.get(key) ?? new Map<string, EndpointSlice>();
    if (deleted) slices.delete(slice.metadata.name);
    else slices.set(slice.metadata.name, slice);
    if (slices.size > 0) this.#slices.set(key, slices);
    else this.#slices.delete(key);
    for (const cached of [...this.#backends.keys()]) {
      if (cached.startsWith(`${key}/`)) this.#backends.delete(cached);
    }
  }

  #setNode(node: Node, deleted: boolean): void {
    const known = this.#nodesByName.get(node.metadata.name);
    if (known) this.#nodesByIp.delete(known.ip);
    this.#nodesByName.delete(node.metadata.name);
    const address = node.status?.addresses?.find((one) => one.type === "InternalIP");
    if (deleted || !address) return;
    const pods = /^(\d+\.\d+\.\d+\.)\d+\/24$/.exec(node.spec?.podCIDR ?? "")?.[1];
    const entry = { name: node.metadata.name, ip: address.address, pods };
    this.#nodesByName.set(entry.name, entry);
    this.#nodesByIp.set(entry.ip, entry);
  }
}

function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace}/${object.metadata.name}`;
}
