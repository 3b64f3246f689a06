/** A Service of a cluster, as an address names it. */
export interface ServiceAddress {
  namespace: string;
  name: string;
  port: number;
  scheme: "http" | "https";
  /** The path before `/api/v1`. */
  prefix: string;
}

/**
 * The Service that an address is of: `http://NAME.NAMESPACE.svc:9090/PREFIX`; undefined for one of elsewhere.
 * @param namespace whose pod asks: a bare name is then of that namespace
 */
export function readAddress(address: string, namespace?: string): ServiceAddress | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.protocol !== "http:" && url.protocol !== "https:") return undefined;
  const [name, within = namespace, kind, ...domain] = url.hostname.split(".");
  const isService = within !== undefined &&
    (kind === undefined || kind === "svc" && ["", "cluster.local"].includes(domain.join(".")));
  if (!isService) return undefined;
  const scheme = url.protocol === "https:" ? "https" : "http";
  const port = Number(url.port) || (scheme === "https" ? 443 : 80);
  return { namespace: within, name, port, scheme, prefix: url.pathname.replace(/\/+$/, "") };
}

/** The Service that an address is of by its first two names, whatever comes behind them; undefined for one of fewer. */
export function withoutDomain(address: string): ServiceAddress | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  const [name, namespace, kind] = url.hostname.split(".");
  if (kind === undefined) return undefined;
  url.hostname = `${name}.${namespace}`;
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
