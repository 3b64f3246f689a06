import { ApiError, type KubeObject, type StatusCause } from "../../kube/mod.ts";
import type { SeededRandom } from "../../base/mod.ts";
import type { ObjectStore } from "./object_store.ts";
import {
  hasHealthCheck,
  hasNodePorts,
  isHeadlessWithoutSelector,
  nodePortsOf,
} from "./service_types.ts";

const NODE_PORTS: readonly [number, number] = [30_000, 32_767];

/** What is given out, and for what. */
export interface Pools {
  store: ObjectStore;
  random: SeededRandom;
  dryRun?: boolean;
}

/**
 * Gives a Service its cluster IP, node ports and the port of its health check, out of 10.96.0.0/16 and 30000-32767.
 * Errors: ApiError (Invalid; InternalError of a health check, and where none is left) for an address or port that is
 * taken or, but in a dry run, out of range, as upstream words it.
 * Source: kubernetes/kubernetes pkg/registry/core/service/storage/alloc.go.
 * @param service is changed in place.
 */
export function allocateAddresses(
  service: KubeObject,
  previous: KubeObject | undefined,
  pools: Pools,
): void {
  const { store, random } = pools;
  const spec = service.spec;
  if (spec.type === "ExternalName") return;
  const others = store.list("services").filter(({ metadata }) =>
    metadata.name !== service.metadata.name || metadata.namespace !== service.metadata.namespace
  );
  spec.clusterIP ||= freeAddress(others, random);
  if (
    spec.clusterIP !== "None" && others.some((other) => other.spec.clusterIP === spec.clusterIP)
  ) {
    throw invalid(service, [{
      reason: "FieldValueInvalid",
      message:
        `Invalid value: ["${spec.clusterIP}"]: failed to allocate IP ${spec.clusterIP}: provided IP is already allocated`,
      field: "spec.clusterIPs",
    }]);
  }
  if (spec.clusterIP !== "None" && !spec.clusterIP.startsWith("10.96.")) {
    throw invalid(service, [{
      reason: "FieldValueInvalid",
      message:
        `Invalid value: ["${spec.clusterIP}"]: failed to allocate IP ${spec.clusterIP}: the provided network does not match the current range`,
      field: "spec.clusterIPs",
    }]);
  }
  spec.clusterIPs = [spec.clusterIP];
  const isOpen = isHeadlessWithoutSelector(spec);
  const policy = isOpen ? "RequireDualStack" : "SingleStack";
  spec.ipFamilyPolicy ??= previous?.spec?.ipFamilyPolicy ?? policy;
  const both = isOpen && spec.ipFamilyPolicy !== "SingleStack";
  spec.ipFamilies ??= previous?.spec?.ipFamilies ?? (both ? ["IPv4", "IPv6"] : ["IPv4"]);
  const nodePorts = new Ports(previous ? [...others, previous] : others, pools);
  if (hasNodePorts(spec)) allocateNodePorts(service, previous, nodePorts);
  else for (const port of spec.ports ?? []) delete port.nodePort;
  const isKept = previous && hasHealthCheck(previous.spec) && previous.spec.healthCheckNodePort;
  if (hasHealthCheck(spec) && !isKept) allocateHealthCheck(service, nodePorts);
}

function freeAddress(others: KubeObject[], random: SeededRandom): string {
  const taken = new Set(others.map(({ spec }) => spec.clusterIP));
  for (;;) {
    const address = `10.96.${random.int(256)}.${1 + random.int(254)}`;
    // The first addresses are kept for well-known Services such as the API and DNS.
    if (!taken.has(address) && !address.startsWith("10.96.0.")) return address;
  }
}

/**
 * The ports of the nodes, as they are given to one Service.
 * Source: kubernetes/kubernetes pkg/registry/core/service/portallocator (allocator.go, operation.go).
 */
class Ports {
  readonly #pools: Pools;
  readonly #taken: Set<number>;
  /** Those that were taken here. */
  readonly #own: number[] = [];

  constructor(holders: KubeObject[], pools: Pools) {
    this.#pools = pools;
    this.#taken = new Set(
      holders.flatMap(({ spec }) => [...nodePortsOf(spec), spec.healthCheckNodePort]),
    );
  }

  /** Takes a port; why it cannot be had, in upstream's words. Of a dry run any will do that nobody has. */
  take(port: number): string | undefined {
    const [first, last] = NODE_PORTS;
    if (!this.#pools.dryRun && (port < first || port > last)) {
      return `provided port is not in the valid range. The range of valid ports is ${first}-${last}`;
    }
    if (this.#taken.has(port)) return "provided port is already allocated";
    this.#taken.add(port);
    this.#own.push(port);
  }

  /** Takes any port; undefined where there is none. A dry run draws none: what comes after it is as without it. */
  next(): number | undefined {
    const [first, last] = NODE_PORTS;
    if (this.#pools.dryRun) {
      const port = Math.max(...this.#own.length > 0 ? this.#own : [last + 1]) + 1;
      this.#own.push(port);
      return port;
    }
    const count = last - first + 1;
    const start = this.#pools.random.int(count);
    for (let i = 0; i < count; i++) {
      const port = first + (start + i) % count;
      if (this.take(port) === undefined) return port;
    }
  }
}

type ServicePort = { port: number; nodePort?: number };

/**
 * Gives the ports of a Service those of the nodes. A new one's ports of one number share theirs, as TCP and UDP do.
 * Source: as above (initNodePorts, updateNodePorts, shouldAllocateNodePorts).
 */
function allocateNodePorts(
  service: KubeObject,
  previous: KubeObject | undefined,
  nodePorts: Ports,
): void {
  const { spec } = service;
  const ports: ServicePort[] = spec.ports ?? [];
  const isGiven = spec.type === "NodePort" || spec.allocateLoadBalancerNodePorts !== false;
  const held = new Set(previous ? nodePortsOf(previous.spec) : []);
  const byNumber = new Map<number, number>();
  ports.forEach((port, i) => {
    const shared = previous ? undefined : byNumber.get(port.port) ??
      ports.find((other) => other.port === port.port && other.nodePort)?.nodePort;
    port.nodePort ||= shared;
    if (!port.nodePort && !isGiven) delete port.nodePort;
    else if (!port.nodePort) port.nodePort = nodePorts.next() ?? refuse("a nodePort");
    else if (!held.has(port.nodePort)) {
      const why = nodePorts.take(port.nodePort);
      if (why) {
        const message = `Invalid value: ${port.nodePort}: ${why}`;
        const field = `spec.ports[${i}].nodePort`;
        throw invalid(service, [{ reason: "FieldValueInvalid", message, field }]);
      }
    }
    if (!port.nodePort) return;
    held.add(port.nodePort);
    byNumber.set(port.port, port.nodePort);
  });
}

/** Source: as above (allocHealthCheckNodePort, updateHealthCheckNodePort). */
function allocateHealthCheck({ spec }: KubeObject, nodePorts: Ports): void {
  const wanted = spec.healthCheckNodePort;
  const why = wanted && nodePorts.take(wanted);
  if (why) {
    throw ApiError.internal(`failed to allocate requested HealthCheck NodePort ${wanted}: ${why}`);
  }
  spec.healthCheckNodePort ||= nodePorts.next() ?? refuse("a HealthCheck NodePort 0");
}

function refuse(what: string): never {
  throw ApiError.internal(`failed to allocate ${what}: range is full`);
}

function invalid(service: KubeObject, causes: StatusCause[]): ApiError {
  return ApiError.invalid("Service", service.metadata.name, causes);
}
