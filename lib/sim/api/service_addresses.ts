import { ApiError, type KubeObject, type StatusCause } from "../../kube/mod.ts";
import type { SeededRandom } from "../../base/mod.ts";
import type { ObjectStore } from "./object_store.ts";
import { hasHealthCheck, hasNodePorts, isHeadlessWithoutSelector } from "./service_types.ts";

const NODE_PORTS: readonly [number, number] = [30_000, 32_767];

/**
 * Gives a Service its cluster IP, node ports and the port of its health check, out of 10.96.0.0/16 and 30000-32767.
 * Errors: ApiError (Invalid; InternalError of a health check) for an address or port that is taken or out of range, as
 * upstream words it.
 * Source: kubernetes/kubernetes pkg/registry/core/service/storage/alloc.go.
 * @param service is changed in place.
 */
export function allocateAddresses(
  service: KubeObject,
  previous: KubeObject | undefined,
  { store, random, dryRun }: { store: ObjectStore; random: SeededRandom; dryRun?: boolean },
): void {
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
  if (hasNodePorts(spec)) {
    allocateNodePorts(service, new Ports(others, { random, dryRun }));
  } else for (const port of spec.ports ?? []) delete port.nodePort;
}

function freeAddress(others: KubeObject[], random: SeededRandom): string {
  const taken = new Set(others.map(({ spec }) => spec.clusterIP));
  for (;;) {
    const address = `10.96.${random.int(256)}.${1 + random.int(254)}`;
    // The first addresses are kept for well-known Services such as the API and DNS.
    if (!taken.has(address) && !address.startsWith("10.96.0.")) return address;
  }
}

/** The ports that each node has one of, and whose they are. */
class Ports {
  readonly #random: SeededRandom;
  readonly #taken: Set<number>;
  readonly #dryRun: boolean;

  constructor(
    others: KubeObject[],
    { random, dryRun = false }: { random: SeededRandom; dryRun?: boolean },
  ) {
    this.#random = random;
    this.#dryRun = dryRun;
    this.#taken = new Set(
      others.flatMap(({ spec }) => [...portsOf(spec), spec.healthCheckNodePort]).filter(Boolean),
    );
  }

  /**
   * Takes a port; why it cannot be had, in upstream's words. Of a dry run any will do that nobody has.
   * Source: kubernetes/kubernetes pkg/registry/core/service/portallocator (operation.go, Allocate).
   */
  take(port: number): string | undefined {
    const [first, last] = NODE_PORTS;
    if (!this.#dryRun && (port < first || port > last)) {
      return `provided port is not in the valid range. The range of valid ports is ${first}-${last}`;
    }
    if (this.#taken.has(port)) return "provided port is already allocated";
    this.#taken.add(port);
  }

  next(): number {
    for (;;) {
      const port = NODE_PORTS[0] + this.#random.int(NODE_PORTS[1] - NODE_PORTS[0] + 1);
      if (this.take(port) === undefined) return port;
    }
  }
}

const portsOf = ({ ports = [] }: KubeObject["spec"]): number[] =>
  ports.map(({ nodePort }: { nodePort: number }) => nodePort);

function allocateNodePorts(service: KubeObject, nodePorts: Ports): void {
  const { spec } = service;
  const ports: { nodePort?: number }[] = spec.ports ?? [];
  ports.forEach((port, i) => {
    const why = port.nodePort && nodePorts.take(port.nodePort);
    // The first that cannot be had ends it.
    if (why) {
      const message = `Invalid value: ${port.nodePort}: ${why}`;
      const field = `spec.ports[${i}].nodePort`;
      throw invalid(service, [{ reason: "FieldValueInvalid", message, field }]);
    }
  });
  for (const port of ports) port.nodePort ||= nodePorts.next();
  if (!hasHealthCheck(spec)) return;
  const wanted = spec.healthCheckNodePort;
  const why = wanted && nodePorts.take(wanted);
  if (why) {
    throw ApiError.internal(`failed to allocate requested HealthCheck NodePort ${wanted}: ${why}`);
  }
  spec.healthCheckNodePort ||= nodePorts.next();
}

function invalid(service: KubeObject, causes: StatusCause[]): ApiError {
  return ApiError.invalid("Service", service.metadata.name, causes);
}
