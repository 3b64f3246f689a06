import { type Cancel, fnv32a } from "../../base/mod.ts";
import { type GoUrl, GoUrlError, parseGoUrl, requestProblem } from "../../go/mod.ts";
import type { Service } from "../../kube/mod.ts";
import {
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  type Network,
  NetworkError,
  type Peer,
  type SimApi,
  UrlError,
} from "../seams.ts";
import { lookup, resolve } from "./dns.ts";
import { type Backend, ServiceIndex } from "./service_index.ts";

interface Listener {
  handler: HttpHandler;
  certificateError: string | undefined;
  tls: boolean;
  loopback: boolean;
}

/** Where a connection ends after kube-proxy, and who the server thinks has called. */
interface Target {
  ip: string;
  port: number;
  /** The address the client asked for: a Service's, a node's or the same. */
  dialled: string;
  /** The server sees the peer's own address, unless a node sent or masqueraded the connection. */
  remoteAddress: string;
  loopback: boolean;
}

/** What a request needs to know of its URL. */
interface ParsedUrl {
  secure: boolean;
  host: string;
  hostname: string;
  port: number;
  path: string;
  query: string;
}

/** How many URLs are remembered; queries carry their time, and are never asked again. */
const MAX_URLS = 500;

const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/**
 * The way between programs: listeners by address and port, Service addresses as kube-proxy's
 * iptables mode sends them, and cluster DNS. Nothing is kept that a watch does not refresh.
 * Source of error texts: golang/go src/net, src/net/http/transport.go, src/crypto/tls.
 * Differs: a Service port takes its ready endpoints in turn, not by chance.
 */
export class VirtualNetwork implements Network {
  readonly #index = new ServiceIndex();
  readonly #listeners = new Map<string, Map<number, Listener>>();
  readonly #turns = new Map<string, number>();
  readonly #urls = new Map<string, ParsedUrl>();

  /** Follows the Services, endpoints, nodes and pods of `api`. */
  attach(api: SimApi): Cancel {
    return this.#index.attach(api);
  }

  listen(
    ip: string,
    port: number,
    handler: HttpHandler,
    options: { certificateError?: string; tls?: boolean; loopback?: boolean } = {},
  ): Cancel {
    const ports = this.#listeners.get(ip) ?? new Map<number, Listener>();
    if (ports.has(port)) {
      throw new RangeError(`listen tcp :${port}: bind: address already in use`);
    }
    this.#listeners.set(ip, ports);
    const listener: Listener = {
      handler,
      certificateError: options.certificateError,
      tls: options.tls ?? false,
      loopback: options.loopback ?? false,
    };
    ports.set(port, listener);
    return () => {
      if (ports.get(port) !== listener) return;
      ports.delete(port);
      if (ports.size === 0 && this.#listeners.get(ip) === ports) this.#listeners.delete(ip);
    };
  }

  request(from: Peer, request: HttpRequest): HttpResponse {
    const url = this.#parsed(request.url);
    const { secure } = url;
    const listener = this.#connect(from, url.hostname, url.port);
    if (secure && !listener.found.tls) {
      throw new NetworkError("http: server gave HTTP response to HTTPS client");
    }
    if (!secure && listener.found.tls) return plainToTls();
    if (secure && listener.found.certificateError && !request.insecureSkipVerify) {
      throw new NetworkError(verifyError(listener.found.certificateError));
    }
    return listener.found.handler({
      ...request,
      method: request.method ?? "GET",
      headers: lowerCase(request.headers, url.host),
      path: url.path,
      query: new URLSearchParams(url.query),
      remoteAddress: listener.target.remoteAddress,
    });
  }

  /** What is asked for again and again (targets, probes) is taken apart once. */
  #parsed(text: string): ParsedUrl {
    let parsed = this.#urls.get(text);
    if (parsed === undefined) {
      const { scheme, host, hostname, port, escapedPath, rawQuery } = parsedUrl(text);
      const secure = scheme === "https";
      const number = port === "" ? (secure ? 443 : 80) : Number(port);
      parsed = { secure, host, hostname, port: number, path: escapedPath || "/", query: rawQuery };
      if (this.#urls.size >= MAX_URLS) this.#urls.clear();
      this.#urls.set(text, parsed);
    }
    return parsed;
  }

  /**
   * Opens and closes a TCP connection, as a tcpSocket probe does.
   * Errors: NetworkError.
   */
  dial(from: Peer, host: string, port: number): void {
    this.#connect(from, host, port);
  }

  lookup(from: Peer, host: string): { name: string; addresses: string[] } {
    if (IPV4.test(host)) return { name: host, addresses: [host] };
    return lookup(this.#index, from, host);
  }

  #connect(from: Peer, host: string, port: number): { found: Listener; target: Target } {
    const target = this.#route(from, host, port);
    const found = this.#listeners.get(target.ip)?.get(target.port);
    if (found && (!found.loopback || target.loopback)) return { found, target };
    // A client knows the address that it dialled, and nothing of where kube-proxy sends it.
    const shown = target.loopback && isLoopback(host) ? loopbackText(host) : target.dialled;
    if (target.loopback || this.#hostExists(target.ip)) {
      throw new NetworkError(`dial tcp ${shown}:${port}: connect: connection refused`);
    }
    throw new NetworkError(`dial tcp ${shown}:${port}: i/o timeout`);
  }

  #hostExists(ip: string): boolean {
    return this.#listeners.has(ip) || this.#index.hasPodIp(ip) ||
      this.#index.nodeByIp(ip) !== undefined;
  }

  #route(from: Peer, host: string, port: number): Target {
    if (port > 65_535) throw new NetworkError(`dial tcp: address ${port}: invalid port`);
    if (isLoopback(host)) {
      return { ip: from.ip, dialled: host, port, remoteAddress: "127.0.0.1", loopback: true };
    }
    if (host.includes(":")) {
      throw new NetworkError(`dial tcp [${host}]:${port}: connect: network is unreachable`);
    }
    const addresses = IPV4.test(host) ? [host] : resolve(this.#index, from, host);
    const ip = addresses.length === 1
      ? addresses[0]
      : addresses[this.#turn(host, addresses.length)];
    const service = this.#index.serviceByClusterIp(ip);
    if (service) return this.#throughService(from, service, ip, port);
    const node = this.#index.nodeByIp(ip);
    const nodePort = node && this.#index.serviceByNodePort(port);
    if (nodePort) {
      const local = nodePort.service.spec?.externalTrafficPolicy === "Local";
      const backend = this.#pick(
        from,
        nodePort.service,
        nodePort.name,
        local ? node.name : undefined,
      );
      if (!backend) {
        throw new NetworkError(`dial tcp ${ip}:${port}: connect: connection refused`);
      }
      const { ip: to, port: at } = backend;
      const remoteAddress = local ? from.ip : this.#sourceOf(ip, to);
      return { ip: to, port: at, dialled: ip, remoteAddress, loopback: false };
    }
    // Who dials its own address without a Service in between never leaves its network namespace.
    const remoteAddress = ip === from.ip ? ip : this.#sourceOf(from.ip, ip);
    return { ip, dialled: ip, port, remoteAddress, loopback: false };
  }

  /**
   * The address from which a connection comes: a node reaches its own pods through their network's gateway, which
   * is where the kubelet's probes come from, and so does a pod that comes to itself through a Service.
   * Source: containernetworking/plugins plugins/main/ptp/ptp.go; kubernetes/kubernetes pkg/proxy/iptables/proxier.go.
   */
  #sourceOf(ip: string, to: string): string {
    const node = ip === to ? this.#index.nodeOfPod(ip) : this.#index.nodeByIp(ip);
    return node?.pods && to.startsWith(node.pods) ? `${node.pods}1` : ip;
  }

  #throughService(from: Peer, service: Service, ip: string, port: number): Target {
    const found = (service.spec?.ports ?? [])
      .find((one) => one.port === port && (one.protocol ?? "TCP") === "TCP");
    // Nothing in iptables answers for a port the Service does not have.
    if (!found) throw new NetworkError(`dial tcp ${ip}:${port}: i/o timeout`);
    const backend = this.#pick(from, service, found.name ?? "");
    if (!backend) throw new NetworkError(`dial tcp ${ip}:${port}: connect: connection refused`);
    const { ip: to, port: at } = backend;
    const remoteAddress = this.#sourceOf(from.ip, to);
    return { ip: to, port: at, dialled: ip, remoteAddress, loopback: false };
  }

  #pick(from: Peer, service: Service, port: string, onNode?: string): Backend | undefined {
    const { namespace, name } = service.metadata;
    const ready = this.#index.backends(namespace!, name, port)
      .filter((backend) => backend.ready && (!onNode || backend.nodeName === onNode));
    if (ready.length <= 1) return ready[0];
    if (service.spec?.sessionAffinity === "ClientIP") return ready[fnv32a(from.ip) % ready.length];
    return ready[this.#turn(`${namespace}/${name}/${port}`, ready.length)];
  }

  #turn(key: string, count: number): number {
    const turn = this.#turns.get(key) ?? 0;
    this.#turns.set(key, turn + 1);
    return turn % count;
  }
}

/** What a client asks for. Errors: UrlError; NetworkError when nobody could be asked for it. */
function parsedUrl(text: string): GoUrl {
  try {
    const url = parseGoUrl(text);
    const problem = requestProblem(url);
    if (problem) throw new NetworkError(problem);
    return url;
  } catch (error) {
    throw error instanceof GoUrlError ? new UrlError(error.message) : error;
  }
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host.startsWith("127.") || host === "::1" || host === "";
}

function loopbackText(host: string): string {
  return host === "localhost" || host === "::1" ? "[::1]" : host;
}

function lowerCase(headers: Record<string, string> | undefined, host: string) {
  const out: Record<string, string> = { host };
  for (const name in headers) out[name.toLowerCase()] = headers[name];
  return out;
}

function verifyError(text: string): string {
  return text.startsWith("tls: ") ? text : `tls: failed to verify certificate: ${text}`;
}

/** Source: golang/go src/net/http/server.go (the answer to a TLS server's plain-text client). */
function plainToTls(): HttpResponse {
  return {
    status: 400,
    headers: { "content-type": "text/plain; charset=utf-8" },
    body: "Client sent an HTTP request to an HTTPS server.\n",
  };
}
