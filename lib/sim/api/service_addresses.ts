import { ApiError, type KubeObject, type StatusCause } from "../../kube/mod.ts";
import type { SeededRandom } from "../../base/mod.ts";
import type { ObjectStore } from "./object_store.ts";
import { hasNodePorts, isHeadlessWithoutSelector } from "./service_types.ts";

const NODE_PORTS: readonly [number, number] = [30_000, 32_767];

/**
 * Gives a Service its cluster IP and node ports, out of 10.96.0.0/16 and 30000-32767.
 * Errors: ApiError (Invalid) for an address or port that is taken or out of range, as upstream words it.
 * Source: kubernetes/kubernetes pkg/registry/core/service/storage/alloc.go.
 * @param service is changed in place.
 */
export function allocateAddresses(
  service: KubeObject,
  previous: KubeObject | undefined,
  { store, random }: { store: ObjectStore; random: SeededRandom },
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
    allocateNodePorts(service, others, random);
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

function allocateNodePorts(
  service: KubeObject,
  others: KubeObject[],
  random: SeededRandom,
): void {
  const taken = new Set<number>(
    others.flatMap(({ spec }) => spec.ports ?? []).map((port) => port.nodePort).filter(Boolean),
  );
  const ports: { port: number; name?: string; nodePort?: number }[] = service.spec.ports ?? [];
  ports.forEach((port, i) => {
    if (!port.nodePort) return;
    const field = `spec.ports[${i}].nodePort`;
    // The first that cannot be had ends it.
    const refuse = (why: string) => {
      const message = `Invalid value: ${port.nodePort}: ${why}`;
      throw invalid(service, [{ reason: "FieldValueInvalid", message, field }]);
    };
    if (port.nodePort < NODE_PORTS[0] || port.nodePort > NODE_PORTS[1]) {
      refuse(
        `provided port is not in the valid range. The range of valid ports is ${
          NODE_PORTS.join("-")
        }`,
      );
    } else if (taken.has(port.nodePort)) refuse("provided port is already allocated");
    taken.add(port.nodePort);
  });
  for (const port of ports) {
    while (!port.nodePort) {
      const candidate = NODE_PORTS[0] + random.int(NODE_PORTS[1] - NODE_PORTS[0] + 1);
      if (!taken.has(candidate)) port.nodePort = candidate;
    }
    taken.add(port.nodePort);
  }
}

function invalid(service: KubeObject, causes: StatusCause[]): ApiError {
  return ApiError.invalid("Service", service.metadata.name, causes);
}
