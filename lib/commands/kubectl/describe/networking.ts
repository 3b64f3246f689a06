import {
  formatSelector,
  type KubeObject,
  type Loose,
  type models,
  type Served,
} from "../../../kube/mod.ts";
import { compareGo, rfc1123z } from "../../../go/mod.ts";
import type { DescriptionWriter } from "./writer.ts";

/** Says where a backend of an Ingress leads: its Service's endpoints, or that there is none. */
export type BackendText = (backend: Loose<models.IngressBackend>) => Promise<string>;

/** Source: kubernetes/kubectl pkg/describe/describe.go (describeIngressV1). */
export async function describeIngress(
  { metadata, spec = {}, status }: Served<"ingresses.networking.k8s.io">,
  backendText: BackendText,
  w: DescriptionWriter,
): Promise<void> {
  w.field(0, "Name", metadata.name);
  w.labels("Labels", metadata.labels);
  w.field(0, "Namespace", metadata.namespace);
  const addresses = (status?.loadBalancer?.ingress ?? [])
    .map(({ ip, hostname }) => ip || hostname || "").filter((address) => address !== "");
  w.field(0, "Address", [...new Set(addresses)].sort(compareGo).join(","));
  w.field(0, "Ingress Class", spec.ingressClassName ?? "<none>");
  const fallback = spec.defaultBackend ? await backendText(spec.defaultBackend) : "<default>";
  w.field(0, "Default backend", fallback);
  if (spec.tls?.length) w.write(0, "TLS:\n");
  for (const { secretName, hosts = [] } of spec.tls ?? []) {
    const names = hosts.join(",");
    w.write(1, secretName ? `${secretName} terminates ${names}\n` : `SNI routes ${names}\n`);
  }
  w.write(0, "Rules:\n  Host\tPath\tBackends\n");
  w.write(1, "----\t----\t--------\n");
  const rules = (spec.rules ?? []).filter(({ http }) => http);
  for (const { host, http } of rules) {
    w.write(1, `${host || "*"}\t\n`);
    for (const { path = "", backend } of http?.paths ?? []) {
      w.write(2, `\t${path} \t${await backendText(backend ?? {})}\n`);
    }
  }
  if (rules.length === 0) w.write(1, `*\t*\t${fallback}\n`);
  w.annotations("Annotations", metadata.annotations);
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (describeIngressClassV1). */
export function describeIngressClass(
  { metadata, spec }: Served<"ingressclasses.networking.k8s.io">,
  w: DescriptionWriter,
): void {
  w.field(0, "Name", metadata.name);
  w.tagged(metadata);
  w.field(0, "Controller", spec?.controller ?? "");
  if (!spec?.parameters) return;
  w.write(0, "Parameters:\n");
  if (spec.parameters.apiGroup) w.field(1, "APIGroup", spec.parameters.apiGroup);
  w.field(1, "Kind", spec.parameters.kind);
  w.field(1, "Name", spec.parameters.name);
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (describeServiceCIDRV1). */
export function describeServiceCidr(
  { metadata, spec, status }: KubeObject,
  w: DescriptionWriter,
): void {
  w.field(0, "Name", metadata.name);
  w.tagged(metadata);
  w.field(0, "CIDRs", (spec?.cidrs ?? []).join(", "));
  if (!status?.conditions?.length) return;
  w.write(0, "Status:\n");
  w.write(0, "Conditions:\n");
  w.write(1, "Type\tStatus\tLastTransitionTime\tReason\tMessage\n");
  w.write(1, "----\t------\t------------------\t------\t-------\n");
  for (const each of status.conditions) {
    const end = `${rfc1123z(each.lastTransitionTime)}\t${each.reason ?? ""}\t${each.message ?? ""}`;
    w.write(1, `${each.type}\t${each.status}\t${end}\n`);
  }
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (describeIPAddressV1). */
export function describeIpAddress({ metadata, spec }: KubeObject, w: DescriptionWriter): void {
  w.field(0, "Name", metadata.name);
  w.tagged(metadata);
  const parent = spec?.parentRef;
  if (!parent) return;
  w.write(0, "Parent Reference:\n");
  w.field(1, "Group", parent.group ?? "");
  w.field(1, "Resource", parent.resource ?? "");
  w.field(1, "Namespace", parent.namespace ?? "");
  w.field(1, "Name", parent.name ?? "");
}

/** What tells the two directions of a NetworkPolicy apart. */
const INGRESS = { rules: "ingress", title: "From", end: "source" };
const EGRESS = { rules: "egress", title: "To", end: "destination" };

/** Source: kubernetes/kubectl pkg/describe/describe.go (describeNetworkPolicy). */
export function describeNetworkPolicy(
  { metadata, spec = {} }: Served<"networkpolicies.networking.k8s.io">,
  w: DescriptionWriter,
): void {
  w.named(metadata);
  w.field(0, "Created on", goTime(metadata.creationTimestamp));
  w.tagged(metadata);
  w.write(0, "Spec:\n");
  w.write(1, "PodSelector: ");
  const pods = formatSelector(spec.podSelector);
  const everything = " (Allowing the specific traffic to all pods in this namespace)";
  w.write(2, pods === "<none>" ? `${pods}${everything}\n` : `${pods}\n`);
  const types: string[] = spec.policyTypes ?? [];
  const { ingress = [], egress = [] } = spec;
  const ways = [
    ["Ingress", INGRESS, ingress.map(({ ports, from }) => ({ ports, peers: from }))],
    ["Egress", EGRESS, egress.map(({ ports, to }) => ({ ports, peers: to }))],
  ] as const;
  for (const [type, way, rules] of ways) {
    if (!types.includes(type)) {
      w.write(1, `Not affecting ${way.rules} traffic\n`);
      continue;
    }
    w.write(1, `Allowing ${way.rules} traffic:\n`);
    describeWay(rules, way, w);
  }
  w.write(1, `Policy Types: ${types.join(", ") || "<none>"}\n`);
}

const INDENT = "    ";

/** What a rule of either direction lets through. */
interface Rule {
  ports?: Loose<models.NetworkPolicyPort>[];
  peers?: Loose<models.NetworkPolicyPeer>[];
}

function describeWay(rules: readonly Rule[], way: typeof INGRESS, w: DescriptionWriter): void {
  if (rules.length === 0) {
    const detail = `(Selected pods are isolated for ${way.rules} connectivity)`;
    return w.write(0, `${INDENT}<none> ${detail}\n`);
  }
  rules.forEach(({ ports = [], peers = [] }, index) => {
    describePorts(ports, w);
    if (peers.length === 0) {
      w.write(0, `${INDENT}${way.title}: <any> (traffic not restricted by ${way.end})\n`);
    }
    for (const peer of peers) {
      w.write(0, `${INDENT}${way.title}:\n`);
      describePeer(peer, w);
    }
    if (index < rules.length - 1) w.write(0, `${INDENT}----------\n`);
  });
}

function describePorts(ports: Loose<models.NetworkPolicyPort>[], w: DescriptionWriter): void {
  if (ports.length === 0) {
    w.write(0, `${INDENT}To Port: <any> (traffic allowed to all ports)\n`);
  }
  for (const { port, endPort, protocol = "TCP" } of ports) {
    const shown = port ?? "<nil>";
    if (endPort === undefined) w.write(0, `${INDENT}To Port: ${shown}/${protocol}\n`);
    else w.write(0, `${INDENT}To Port Range: ${shown}-${endPort}/${protocol}\n`);
  }
}

function describePeer(
  { podSelector, namespaceSelector, ipBlock }: Loose<models.NetworkPolicyPeer>,
  w: DescriptionWriter,
): void {
  if (namespaceSelector) {
    w.write(1, `${INDENT}NamespaceSelector: ${formatSelector(namespaceSelector)}\n`);
  }
  if (podSelector) w.write(1, `${INDENT}PodSelector: ${formatSelector(podSelector)}\n`);
  if (podSelector || namespaceSelector || !ipBlock) return;
  w.write(1, `${INDENT}IPBlock:\n`);
  w.write(2, `${INDENT}CIDR: ${ipBlock.cidr}\n`);
  w.write(2, `${INDENT}Except: ${(ipBlock.except ?? []).join(", ")}\n`);
}

/** A time as Go prints one in UTC. */
function goTime(timestamp: string | null | undefined): string {
  const text = timestamp ?? "0001-01-01T00:00:00Z";
  return `${text.slice(0, 10)} ${text.slice(11, 19)} +0000 UTC`;
}
