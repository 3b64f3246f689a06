import { ipv6Problem } from "../../../go/mod.ts";
import {
  type BuiltInKinds,
  dns1123SubdomainFaults,
  type Loose,
  type models,
  sameJson,
} from "../../../kube/mod.ts";
import { type Causes } from "./_causes.ts";
import {
  checkLabelKey,
  checkPortOrName,
  checkSelector,
  labelFaults,
  portFaults,
  PROTOCOLS,
} from "./_names.ts";

const NO_IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
const NO_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

/** Source: kubernetes/kubernetes pkg/apis/core/validation/validation.go (ValidateEndpoints). */
type Endpoints = Loose<BuiltInKinds["endpoints"]>;
type EndpointSlice = Loose<BuiltInKinds["endpointslices.discovery.k8s.io"]>;

export function checkEndpoints(causes: Causes, { subsets }: Endpoints, previous?: Endpoints): void {
  // What was let in once may stay.
  if (previous && sameJson(subsets ?? [], previous.subsets ?? [])) return;
  (subsets ?? []).forEach((subset, i) => checkSubset(causes, `subsets[${i}]`, subset));
}

function checkSubset(causes: Causes, at: string, subset: Loose<models.EndpointSubset>): void {
  const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
  if (addresses.length === 0 && notReadyAddresses.length === 0) {
    causes.required(at, "must specify `addresses` or `notReadyAddresses`");
  }
  for (const field of ["addresses", "notReadyAddresses"] as const) {
    (subset[field] ?? []).forEach((address, i) =>
      checkAddress(causes, `${at}.${field}[${i}]`, address)
    );
  }
  ports.forEach((port, i) =>
    checkEndpointPort(causes, `${at}.ports[${i}]`, port, ports.length > 1)
  );
}

function checkAddress(
  causes: Causes,
  at: string,
  { ip = "", hostname, nodeName }: Loose<models.EndpointAddress>,
): void {
  for (const fault of ipFaults(ip)) causes.invalid(`${at}.ip`, ip, fault);
  if (hostname) {
    for (const fault of labelFaults(hostname)) causes.invalid(`${at}.hostname`, hostname, fault);
  }
  checkNodeName(causes, at, nodeName);
  for (const fault of reachFaults(ip)) causes.invalid(`${at}.ip`, ip, fault);
}

function checkNodeName(causes: Causes, at: string, nodeName: string | undefined): void {
  if (nodeName === undefined) return;
  for (const fault of dns1123SubdomainFaults(nodeName)) {
    causes.invalid(`${at}.nodeName`, nodeName, fault);
  }
}

function checkEndpointPort(
  causes: Causes,
  at: string,
  { name = "", port = 0, protocol, appProtocol }: Loose<models.EndpointPort>,
  needsName: boolean,
): void {
  if (name === "") { if (needsName) causes.required(`${at}.name`); }
  else for (const fault of labelFaults(name)) causes.invalid(`${at}.name`, name, fault);
  for (const fault of portFaults(port)) causes.invalid(`${at}.port`, port, fault);
  causes.oneOf(`${at}.protocol`, protocol, PROTOCOLS);
  if (appProtocol !== undefined) checkLabelKey(causes, `${at}.appProtocol`, appProtocol);
}

/** Source: kubernetes/kubernetes pkg/apis/discovery/validation/validation.go (ValidateEndpointSlice). */
export function checkEndpointSlice(
  causes: Causes,
  slice: EndpointSlice,
  previous?: EndpointSlice,
): void {
  const { addressType = "", ports, endpoints } = slice;
  if (addressType === "") causes.required("addressType");
  else causes.oneOf("addressType", addressType, ["FQDN", "IPv4", "IPv6"]);
  const names = new Set<string>();
  (ports ?? []).forEach(({ name = "", protocol, appProtocol }, i) => {
    const at = `ports[${i}]`;
    if (name !== "") {
      for (const fault of labelFaults(name)) causes.invalid(`${at}.name`, name, fault);
    }
    if (names.has(name)) causes.duplicate(`${at}.name`, name);
    names.add(name);
    causes.oneOf(`${at}.protocol`, protocol, PROTOCOLS);
    if (appProtocol !== undefined) checkLabelKey(causes, `${at}.appProtocol`, appProtocol);
  });
  if (previous && sameJson(endpoints ?? [], previous.endpoints ?? [])) return;
  (endpoints ?? []).forEach((endpoint, i) => {
    const at = `endpoints[${i}]`;
    const { addresses = [], hostname, nodeName } = endpoint;
    if (addresses.length === 0) {
      causes.required(`${at}.addresses`, "must contain at least 1 address");
    }
    addresses.forEach((address, j) =>
      checkSliceAddress(causes, `${at}.addresses`, j, { address, addressType })
    );
    checkNodeName(causes, at, nodeName);
    if (hostname !== undefined) {
      for (const fault of labelFaults(hostname)) causes.invalid(`${at}.hostname`, hostname, fault);
    }
  });
}

function checkSliceAddress(
  causes: Causes,
  at: string,
  i: number,
  { address, addressType }: { address: string; addressType: string },
): void {
  if (addressType !== "IPv4" && addressType !== "IPv6") return;
  const faults = ipFaults(address);
  for (const fault of faults) causes.invalid(`${at}[${i}]`, address, fault);
  if (faults.length > 0) return;
  const isIpv6 = address.includes(":");
  if (isIpv6 !== (addressType === "IPv6")) {
    causes.invalid(at, address, `must be an ${addressType} address`);
  }
  for (const fault of reachFaults(address)) causes.invalid(`${at}[${i}]`, address, fault);
}

/** Source: kubernetes/apimachinery pkg/util/validation/ip.go (IsValidIPForLegacyField, strict). */
export function ipFaults(text: string): string[] {
  if (text.includes(":")) {
    if (text.includes("%") || ipv6Problem(text) !== undefined) return [NO_IP];
    return /^::ffff:\d+\./i.test(text) ? ["must not be an IPv4-mapped IPv6 address"] : [];
  }
  if (!isSloppyIpv4(text)) return [NO_IP];
  return /(^|\.)0\d/.test(text) ? ["must not have leading 0s"] : [];
}

function isSloppyIpv4(text: string): boolean {
  return /^\d+(\.\d+){3}$/.test(text) && text.split(".").every((part) => Number(part) < 256);
}

/** Source: kubernetes/kubernetes pkg/apis/core/validation/validation.go (ValidateEndpointIP). */
export function reachFaults(ip: string): string[] {
  if (!isSloppyIpv4(ip) && !(ip.includes(":") && ipFaults(ip).length === 0)) {
    return ["must be a valid IP address"];
  }
  const plain = ip.toLowerCase().replace(/(^|\.)0+(?=\d)/g, "$1");
  return [
    /^(0\.0\.0\.0|[0:]+)$/.test(plain) && `may not be unspecified (${ip})`,
    /^(127\.|[0:]*:0*1$)/.test(plain) &&
    "may not be in the loopback range (127.0.0.0/8, ::1/128)",
    /^(169\.254\.|fe[89ab][0-9a-f]:)/.test(plain) &&
    "may not be in the link-local range (169.254.0.0/16, fe80::/10)",
    /^(224\.0\.0\.|ff[0-9a-f]2:)/.test(plain) &&
    "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)",
  ].filter((fault) => fault !== false);
}

/** Source: kubernetes/kubernetes pkg/apis/networking/validation/validation.go (ValidateNetworkPolicySpec). */
export function checkNetworkPolicy(
  causes: Causes,
  { spec = {} }: Loose<BuiltInKinds["networkpolicies.networking.k8s.io"]>,
): void {
  checkSelector(causes, "spec.podSelector", spec.podSelector);
  spec.ingress?.forEach(({ ports, from }, i) =>
    checkTraffic(causes, `spec.ingress[${i}]`, ports, ["from", from])
  );
  spec.egress?.forEach(({ ports, to }, i) =>
    checkTraffic(causes, `spec.egress[${i}]`, ports, ["to", to])
  );
  const types: string[] = spec.policyTypes ?? [];
  if (types.length > 2) {
    return causes.invalid("spec.policyTypes", types, "may not specify more than two policyTypes");
  }
  types.forEach((type, i) => causes.oneOf(`spec.policyTypes[${i}]`, type, ["Ingress", "Egress"]));
}

function checkTraffic(
  causes: Causes,
  at: string,
  ports: Loose<models.NetworkPolicyPort>[] | undefined,
  [side, peers]: [side: string, peers: Loose<models.NetworkPolicyPeer>[] | undefined],
): void {
  ports?.forEach((port, i) => checkPolicyPort(causes, `${at}.ports[${i}]`, port));
  peers?.forEach((peer, i) => checkPeer(causes, `${at}.${side}[${i}]`, peer));
}

function checkPolicyPort(
  causes: Causes,
  at: string,
  { protocol, port, endPort }: Loose<models.NetworkPolicyPort>,
): void {
  causes.oneOf(`${at}.protocol`, protocol, ["TCP", "UDP", "SCTP"]);
  if (port !== undefined) checkPortOrName(causes, `${at}.port`, port);
  if (endPort === undefined) return;
  if (typeof port !== "number") {
    const what = port === undefined ? "not specified" : "non-numeric";
    causes.invalid(`${at}.endPort`, endPort, `may not be specified when \`port\` is ${what}`);
    return;
  }
  if (endPort < port) {
    causes.invalid(`${at}.endPort`, port, "must be greater than or equal to `port`");
  }
  for (const fault of portFaults(endPort)) causes.invalid(`${at}.endPort`, endPort, fault);
}

function checkPeer(causes: Causes, at: string, peer: Loose<models.NetworkPolicyPeer>): void {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  checkSelector(causes, `${at}.podSelector`, podSelector);
  checkSelector(causes, `${at}.namespaceSelector`, namespaceSelector);
  if (ipBlock) checkBlock(causes, `${at}.ipBlock`, ipBlock);
  if (!podSelector && !namespaceSelector && !ipBlock) causes.required(at, "must specify a peer");
  else if (ipBlock && (podSelector || namespaceSelector)) {
    causes.forbidden(at, "may not specify both ipBlock and another peer");
  }
}

function checkBlock(
  causes: Causes,
  at: string,
  { cidr = "", except = [] }: Loose<models.IPBlock>,
): void {
  if (cidr === "") return causes.required(`${at}.cidr`);
  const block = networkBits(cidr);
  if (block === undefined) return causes.invalid(`${at}.cidr`, cidr, NO_CIDR);
  except.forEach((one, i) => {
    const bits = networkBits(one);
    const here = `${at}.except[${i}]`;
    if (bits === undefined) causes.invalid(here, one, NO_CIDR);
    else if (!bits.startsWith(block) || bits === block) {
      causes.invalid(here, one, "must be a strict subset of `cidr`");
    }
  });
}

/** Source: kubernetes/apimachinery pkg/util/validation/ip.go (IsValidCIDRForLegacyField, strict). */
export function cidrFaults(text: string): string[] {
  const bits = networkBits(text);
  if (bits === undefined) return [NO_CIDR];
  const [ip] = text.split("/");
  const all = networkBits(`${ip}/${ip.includes(":") ? 128 : 32}`)!;
  const beyond = all.slice(bits.length).includes("1");
  return beyond ? ["must not have bits set beyond the prefix length"] : [];
}

/** The bits that all addresses of a block begin with, after its family; undefined for a text that is none. */
function networkBits(text: string): string | undefined {
  const [, ip, length] = /^(.*)\/(\d{1,3})$/.exec(text) ?? [];
  if (ip === undefined || ipFaults(ip).length > 0) return undefined;
  const isIpv6 = ip.includes(":");
  if (Number(length) > (isIpv6 ? 128 : 32)) return undefined;
  const bits = isIpv6
    ? ipv6Groups(ip).map((group) => group.toString(2).padStart(16, "0"))
    : ip.split(".").map((part) => Number(part).toString(2).padStart(8, "0"));
  return `${isIpv6 ? 6 : 4}:${bits.join("").slice(0, Number(length))}`;
}

/** The eight groups of an IPv6 address. */
function ipv6Groups(ip: string): number[] {
  const [head, tail = []] = ip.replace(
    /(\d+)\.(\d+)\.(\d+)\.(\d+)$/,
    (_, ...parts) =>
      [0, 2].map((i) => (Number(parts[i]) * 256 + Number(parts[i + 1])).toString(16)).join(":"),
  ).split("::").map((half) => half.split(":").filter(Boolean).map((group) => parseInt(group, 16)));
  return [...head, ...Array(Math.max(0, 8 - head.length - tail.length)).fill(0), ...tail];
}
