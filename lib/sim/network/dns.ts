import { CLUSTER_DNS_IP, CLUSTER_DOMAIN, NetworkError, type Peer } from "../seams.ts";
import type { ServiceIndex } from "./service_index.ts";

/** Who answers DNS on a node of kind: the network's gateway, in front of Docker's resolver. */
const NODE_DNS_IP = "172.18.0.1";
/** Names with fewer dots are tried in the search domains first; `ndots` of a pod's resolv.conf. */
const NDOTS = 5;

/**
 * The addresses of `host` for a program at `from`.
 * Errors: NetworkError with the text of Go's resolver.
 * Source: kubernetes/dns docs/specification.md; golang/go src/net/net.go (DNSError).
 */
export function resolve(index: ServiceIndex, from: Peer, host: string): string[] {
  return lookup(index, from, host).addresses;
}

/** {@linkcode resolve}, with the name that was found. */
export function lookup(
  index: ServiceIndex,
  from: Peer,
  given: string,
): { name: string; addresses: string[] } {
  // What cannot be a name is not asked for.
  if (!isDomainName(given)) throw new NetworkError(`dial tcp: lookup ${given}: no such host`);
  const host = given.toLowerCase();
  if (from.namespace === undefined) {
    const node = index.nodeByName(host);
    if (node) return { name: host, addresses: [node.ip] };
    throw lookupError(host, NODE_DNS_IP, "no such host");
  }
  checkServer(index, from, host);
  const candidates = searchList(host, from.namespace);
  for (const candidate of candidates) {
    const addresses = clusterRecord(index, candidate);
    if (addresses && addresses.length > 0) return { name: candidate, addresses };
  }
  const node = index.nodeByName(host);
  if (node) return { name: host, addresses: [node.ip] };
  throw lookupError(host, CLUSTER_DNS_IP, "no such host");
}

/** Source: golang/go src/net/dnsclient.go (isDomainName). */
function isDomainName(name: string): boolean {
  if (name === ".") return true;
  const labels = name.replace(/\.$/, "").split(".");
  return name.length <= 254 && /[A-Za-z_-]/.test(name) &&
    labels.every((label) => /^(?!-)[\w-]{1,63}$/.test(label) && !label.endsWith("-"));
}

/** Cluster DNS is a Service like any other: without ready endpoints nothing answers. */
function checkServer(index: ServiceIndex, from: Peer, host: string): void {
  const dns = index.serviceByClusterIp(CLUSTER_DNS_IP);
  if (!dns) return;
  const { namespace, name } = dns.metadata;
  if (index.backends(namespace!, name, undefined).some((backend) => backend.ready)) return;
  // kube-proxy rejects with ICMP, which a UDP socket reports when it reads.
  const read = `read udp ${from.ip}:41953->${CLUSTER_DNS_IP}:53: read: connection refused`;
  throw lookupError(host, CLUSTER_DNS_IP, read);
}

function searchList(host: string, namespace: string): string[] {
  if (host.endsWith(".")) return [host.slice(0, -1)];
  const searched = [`${namespace}.svc.${CLUSTER_DOMAIN}`, `svc.${CLUSTER_DOMAIN}`, CLUSTER_DOMAIN]
    .map((domain) => `${host}.${domain}`);
  const dots = host.split(".").length - 1;
  return dots >= NDOTS ? [host, ...searched] : [...searched, host];
}

/** The A record of a fully qualified cluster name; undefined when there is no such name. */
function clusterRecord(index: ServiceIndex, name: string): string[] | undefined {
  const suffix = `.${CLUSTER_DOMAIN}`;
  if (!name.endsWith(suffix)) return undefined;
  const labels = name.slice(0, -suffix.length).split(".");
  const kind = labels.pop();
  if (kind === "pod" && labels.length === 2) return podRecord(labels[0]);
  if (kind !== "svc" || labels.length < 2 || labels.length > 3) return undefined;
  const [serviceName, namespace] = labels.slice(-2);
  const service = index.service(namespace, serviceName);
  if (!service) return undefined;
  const spec = service.spec ?? {};
  if (spec.type === "ExternalName") return undefined;
  const backends = index.backends(namespace, serviceName, undefined)
    .filter((backend) => backend.ready);
  if (labels.length === 3) {
    return backends.filter((backend) => dnsName(backend) === labels[0]).map(({ ip }) => ip);
  }
  if (spec.clusterIP && spec.clusterIP !== "None") return [spec.clusterIP];
  return backends.map(({ ip }) => ip);
}

function dnsName(backend: { hostname: string | undefined; ip: string }): string {
  return backend.hostname ?? backend.ip.replaceAll(".", "-");
}

function podRecord(label: string): string[] | undefined {
  return /^\d+-\d+-\d+-\d+$/.test(label) ? [label.replaceAll("-", ".")] : undefined;
}

function lookupError(host: string, server: string, why: string): NetworkError {
  return new NetworkError(`dial tcp: lookup ${host} on ${server}:53: ${why}`);
}
