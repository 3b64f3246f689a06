import { editDistance } from "../base/mod.ts";

/** A Service of a cluster, as an address names it. */
export interface ServiceAddress {
  namespace: string;
  name: string;
  port: number;
  scheme: "http" | "https";
  /** The path before `/api/v1`. */
  prefix: string;
}

/** What a Service's name in the cluster ends in, behind its own and its namespace's. */
const DOMAINS = ["svc", "svc.cluster.local"];

/**
 * The Service that an address is of: `http://NAME.NAMESPACE.svc:9090/PREFIX`, or `NAME.NAMESPACE.svc.cluster.local.`;
 * undefined for one of elsewhere.
 * @param namespace whose pod asks: a bare name is then of that namespace
 */
export function readAddress(address: string, namespace?: string): ServiceAddress | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.protocol !== "http:" && url.protocol !== "https:") return undefined;
  const { name, within = namespace, domain } = partsOf(url);
  if (within === undefined || domain !== "" && !DOMAINS.includes(domain)) return undefined;
  const scheme = url.protocol === "https:" ? "https" : "http";
  const port = Number(url.port) || (scheme === "https" ? 443 : 80);
  return { namespace: within, name, port, scheme, prefix: url.pathname.replace(/\/+$/, "") };
}

function partsOf({ hostname }: URL): { name: string; within?: string; domain: string } {
  const [name, within, ...domain] = hostname.replace(/\.$/, "").split(".");
  return { name, within, domain: domain.join(".") };
}

/** What else is written for `svc`. */
const NO_SVC = ["srv", "service", "services"];

/** Whether a part of a name stands for `svc` and is not it. Two letters are a country's: `.sc`, `.vc`. */
function isForSvc(kind: string): boolean {
  return NO_SVC.includes(kind) || kind.length > 2 && editDistance(kind, "svc", true) === 1;
}

/**
 * The Service that is meant by an address whose `svc` is misspelt: `NAME.NAMESPACE.scv`; undefined for any other. A host of
 * elsewhere, or of a cluster that calls its domain otherwise, may well have a Service's two names.
 */
export function misspeltService(address: string): ServiceAddress | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  const { name, within, domain } = partsOf(url);
  const [kind, ...rest] = domain.split(".");
  if (!isForSvc(kind)) return undefined;
  url.hostname = [name, within, "svc", ...rest].join(".");
  return readAddress(url.href);
}

/** Whether an address leads to whoever asks it. */
export function isLoopback(address: string): boolean {
  return URL.canParse(address) &&
    /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(address).hostname);
}

/** The path of a Service's own root through the API server. */
export function proxyPath({ namespace, name, port, scheme, prefix }: ServiceAddress): string {
  const id = `${scheme === "https" ? "https:" : ""}${name}:${port}`;
  return `/api/v1/namespaces/${namespace}/services/${id}/proxy${prefix}`;
}
