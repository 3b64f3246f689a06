import { compileGoRegexp, type GoRegexp, RegexpSyntaxError } from "../../../go/mod.ts";
import { type Directive, NginxConfigError } from "./config.ts";

/** Where a server listens. */
export interface Listen {
  /** The address as configured: `0.0.0.0`, `127.0.0.1`. */
  address: string;
  port: number;
  isDefault: boolean;
  ssl: boolean;
}

/** A block that handles requests, with the settings it inherits. */
export interface Location {
  modifier: "" | "=" | "^~" | "~" | "~*";
  path: string;
  regex: GoRegexp | undefined;
  settings: Settings;
  directives: readonly Directive[];
  children: readonly Location[];
}

/** Settings that inner blocks take from outer ones. */
export interface Settings {
  root: string;
  index: readonly string[];
  accessLog: { path: string; format: string }[];
  /** `add_header`, and `allow`/`deny` in order. */
  headers: readonly (readonly string[])[];
  access: readonly (readonly [rule: string, who: string])[];
  errorPages: ReadonlyMap<number, { code: number | undefined; uri: string }>;
  keepaliveMs: number;
  serverTokens: boolean;
  defaultType: string;
  proxyHeaders: readonly (readonly [string, string])[];
}

export interface Server {
  listens: Listen[];
  names: readonly string[];
  locations: readonly Location[];
  settings: Settings;
  directives: readonly Directive[];
}

/** What an nginx does with requests. */
export interface Site {
  servers: readonly Server[];
  formats: ReadonlyMap<string, string>;
  upstreams: ReadonlyMap<string, readonly string[]>;
  types: ReadonlyMap<string, string>;
  errorLog: string;
}

const COMBINED = '$remote_addr - $remote_user [$time_local] "$request" ' +
  '$status $body_bytes_sent "$http_referer" "$http_user_agent"';

const DEFAULTS: Settings = {
  root: "/etc/nginx/html",
  index: ["index.html"],
  accessLog: [{ path: "/var/log/nginx/access.log", format: COMBINED }],
  headers: [],
  access: [],
  errorPages: new Map(),
  keepaliveMs: 75_000,
  serverTokens: true,
  defaultType: "text/plain",
  proxyHeaders: [],
};

/**
 * The meaning of a parsed configuration.
 * Errors: NginxConfigError. Source: nginx/nginx src/http/ngx_http_core_module.c.
 */
export function readSite(directives: readonly Directive[]): Site {
  const http = directives.find(({ name }) => name === "http")?.block ?? [];
  const formats = new Map([["combined", COMBINED]]);
  for (const { args } of named(http, "log_format")) {
    formats.set(args[0], args.slice(args[1].startsWith("escape=") ? 2 : 1).join(""));
  }
  const upstreams = new Map(
    named(http, "upstream").map(({ args, block }) => [
      args[0],
      named(block!, "server").map((server) => server.args[0]),
    ]),
  );
  const settings = inherit(DEFAULTS, http, formats);
  const servers = named(http, "server").map(({ block }) => readServer(block!, settings, formats));
  checkListens(servers, http);
  const types = new Map(
    named(http, "types").flatMap(({ block }) =>
      block!.flatMap(({ name, args }) => args.map((extension) => [extension, name] as const))
    ),
  );
  const errorLog = named([...directives, ...http], "error_log").at(-1)?.args[0] ??
    "/var/log/nginx/error.log";
  return { servers, formats, upstreams, types, errorLog };
}

function named(directives: readonly Directive[], name: string): Directive[] {
  return directives.filter((directive) => directive.name === name);
}

function readServer(
  block: readonly Directive[],
  outer: Settings,
  formats: ReadonlyMap<string, string>,
): Server {
  const settings = inherit(outer, block, formats);
  const listens = named(block, "listen").map(readListen).filter((listen) => listen !== undefined);
  const names = named(block, "server_name").flatMap((directive) => {
    for (const name of directive.args) {
      if (name.startsWith("~")) compile(name.slice(1), true, directive);
    }
    return directive.args;
  });
  return {
    listens: named(block, "listen").length === 0
      ? [{ address: "0.0.0.0", port: 80, isDefault: false, ssl: false }]
      : listens,
    names,
    settings,
    locations: readLocations(block, settings, formats),
    directives: block,
  };
}

/** IPv6 addresses are read and passed over: the pod network has none. */
function readListen(directive: Directive): Listen | undefined {
  const [where, ...options] = directive.args;
  const flags = {
    isDefault: options.includes("default_server") || options.includes("default"),
    ssl: options.includes("ssl"),
  };
  const ipv6 = /^\[[0-9a-fA-F:]*\](?::(\d+))?$/.exec(where);
  if (ipv6 || where.startsWith("unix:")) return undefined;
  const match = /^(?:(\*|localhost|[\d.]+):)?(\d+)$/.exec(where) ??
    /^((?:\d+\.){3}\d+|\*|localhost)$/.exec(where);
  if (!match) {
    throw new NginxConfigError(
      `host not found in "${where}" of the "listen" directive`,
      directive,
    );
  }
  const port = match[2] === undefined ? 80 : Number(match[2]);
  if (port < 1 || port > 65_535) {
    throw new NginxConfigError(`invalid port in "${where}" of the "listen" directive`, directive);
  }
  const host = match[1] ?? "*";
  const address = host === "*" ? "0.0.0.0" : host === "localhost" ? "127.0.0.1" : host;
  return { address, port, ...flags };
}

function checkListens(servers: readonly Server[], http: readonly Directive[]): void {
  const blocks = named(http, "server");
  const defaults = new Set<string>();
  servers.forEach((server, i) => {
    const seen = new Set<string>();
    const directives = named(blocks[i].block!, "listen");
    for (const { address, port, isDefault } of server.listens) {
      const id = `${address}:${port}`;
      const at = directives[server.listens.length === directives.length ? seen.size : 0];
      if (seen.has(id)) throw new NginxConfigError(`a duplicate listen ${id}`, directives.at(-1));
      seen.add(id);
      if (!isDefault) continue;
      if (defaults.has(id)) throw new NginxConfigError(`a duplicate default server for ${id}`, at);
      defaults.add(id);
    }
  });
}

function readLocations(
  block: readonly Directive[],
  outer: Settings,
  formats: ReadonlyMap<string, string>,
): Location[] {
  const seen = new Set<string>();
  return named(block, "location").map((directive) => {
    const { args, block: inner } = directive;
    let [modifier, path] = args.length === 2 ? args : ["", args[0]];
    if (args.length === 1) {
      const glued = /^(=|\^~|~\*|~)(.+)$/.exec(path);
      if (glued) [, modifier, path] = glued;
    }
    if (!["", "=", "^~", "~", "~*"].includes(modifier)) {
      throw new NginxConfigError(`invalid location modifier "${modifier}"`, directive);
    }
    const isRegex = modifier.startsWith("~");
    const id = `${modifier === "=" ? "=" : isRegex ? modifier : ""} ${path}`;
    if (seen.has(id) && !isRegex) {
      throw new NginxConfigError(`duplicate location "${path}"`, directive);
    }
    seen.add(id);
    const settings = inherit(outer, inner!, formats);
    checkProxy(inner!);
    return {
      modifier: modifier as Location["modifier"],
      path,
      regex: isRegex ? compile(path, modifier === "~*", directive) : undefined,
      settings,
      directives: inner!,
      children: readLocations(inner!, settings, formats),
    };
  });
}

/** PCRE2's words for what is wrong with an expression. */
const REASONS: Record<string, string> = {
  "missing closing )": "missing closing parenthesis",
  "unexpected )": "unmatched closing parenthesis",
  "missing closing ]": "missing terminating ] for character class",
  "missing argument to repetition operator": "quantifier does not follow a repeatable item",
  "trailing backslash at end of expression": "\\ at end of pattern",
  "invalid repeat count": "numbers out of order in {} quantifier",
  "expression too large": "regular expression is too large",
};

/**
 * Source: nginx src/core/ngx_regex.c.
 * Differs: expressions that look around, refer back or repeat possessively are refused.
 */
function compile(pattern: string, ignoreCase: boolean, directive: Directive): GoRegexp {
  try {
    return compileGoRegexp(ignoreCase ? `(?i)${pattern}` : pattern);
  } catch (error) {
    if (!(error instanceof RegexpSyntaxError)) throw error;
    const why = REASONS[error.code] ?? `${error.expression} is not understood here`;
    throw new NginxConfigError(`pcre2_compile() failed: ${why} in "${pattern}"`, directive);
  }
}

function checkProxy(block: readonly Directive[]): void {
  for (const directive of named(block, "proxy_pass")) {
    const [url] = directive.args;
    if (url.includes("$")) continue;
    const target = proxyTarget(url);
    if (typeof target !== "string") continue;
    // A wrong prefix is not named where it stands in the configuration.
    const why = target.startsWith("invalid URL prefix") ? "invalid URL prefix" : target;
    throw new NginxConfigError(why, directive);
  }
}

/** Where a request is handed on to. */
export interface ProxyTarget {
  scheme: "http" | "https";
  /** With its port, when it has one. */
  host: string;
  name: string;
  /** With its query; "" when there is none. */
  uri: string;
}

/**
 * Reads the URL of a proxy_pass; gives what is wrong with it otherwise.
 * Source: nginx/nginx src/http/modules/ngx_http_proxy_module.c (ngx_http_proxy_eval), src/core/ngx_inet.c
 * (ngx_parse_inet_url).
 */
export function proxyTarget(url: string): ProxyTarget | string {
  const found = /^(https?):\/\/([^/?]*)(.*)$/is.exec(url);
  if (!found) return `invalid URL prefix in "${url}"`;
  const [, scheme, host, uri] = found;
  const [, name, port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(host)!;
  if (name === "") return `no host in upstream "${host}${uri}"`;
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) < 65536)) {
    return `invalid port in upstream "${host}${uri}"`;
  }
  return { scheme: scheme.toLowerCase() as ProxyTarget["scheme"], host, name, uri };
}

function inherit(
  outer: Settings,
  block: readonly Directive[],
  formats: ReadonlyMap<string, string>,
): Settings {
  const out: Settings = { ...outer };
  const last = (name: string) => named(block, name).at(-1)?.args;
  out.root = last("root")?.[0] ?? outer.root;
  if (!out.root.startsWith("/")) out.root = `/etc/nginx/${out.root}`;
  out.index = last("index") ?? outer.index;
  out.defaultType = last("default_type")?.[0] ?? outer.defaultType;
  const logs = named(block, "access_log");
  if (logs.length > 0) out.accessLog = logs.flatMap((log) => readAccessLog(log, formats));
  const headers = named(block, "add_header");
  if (headers.length > 0) out.headers = headers.map(({ args }) => args);
  const access = block.filter(({ name }) => name === "allow" || name === "deny");
  if (access.length > 0) out.access = access.map(({ name, args }) => [name, args[0]]);
  const proxyHeaders = named(block, "proxy_set_header");
  if (proxyHeaders.length > 0) {
    out.proxyHeaders = proxyHeaders.map(({ args }) => [args[0], args[1]]);
  }
  const pages = named(block, "error_page");
  if (pages.length > 0) out.errorPages = new Map(pages.flatMap(readErrorPage));
  const keepalive = last("keepalive_timeout")?.[0];
  if (keepalive !== undefined) out.keepaliveMs = seconds(keepalive) * 1000;
  const tokens = last("server_tokens")?.[0];
  if (tokens !== undefined) out.serverTokens = tokens !== "off";
  return out;
}

function seconds(text: string): number {
  const match = /^(\d+)(ms|s|m|h)?$/.exec(text);
  const factor = { ms: 0.001, s: 1, m: 60, h: 3600 }[match?.[2] ?? "s"]!;
  return Number(match?.[1] ?? 0) * factor;
}

function readAccessLog(log: Directive, formats: ReadonlyMap<string, string>) {
  const [path, format = "combined"] = log.args;
  if (path === "off") return [];
  const name = format.includes("=") ? "combined" : format;
  const text = formats.get(name);
  if (text === undefined) throw new NginxConfigError(`unknown log format "${name}"`, log);
  return [{ path, format: text }];
}

function readErrorPage({ args }: Directive) {
  const uri = args.at(-1)!;
  const change = args.find((arg) => arg.startsWith("="));
  const code = change && change.length > 1 ? Number(change.slice(1)) : undefined;
  return args.slice(0, -1).filter((arg) => /^\d+$/.test(arg))
    .map((from) => [Number(from), { code, uri }] as const);
}

/** The server for a request: by its port, then its Host. */
export function chooseServer(site: Site, port: number, host: string): Server | undefined {
  const listening = site.servers.filter(({ listens }) => listens.some((one) => one.port === port));
  const name = host.replace(/:\d+$/, "").toLowerCase();
  const exact = listening.find(({ names }) => names.includes(name));
  if (exact) return exact;
  const wild = listening.find(({ names }) => names.some((pattern) => isWildMatch(pattern, name)));
  if (wild) return wild;
  return listening.find(({ listens }) =>
    listens.some((one) => one.port === port && one.isDefault)
  ) ??
    listening[0];
}

function isWildMatch(pattern: string, name: string): boolean {
  if (pattern.startsWith("*.")) return name.endsWith(pattern.slice(1));
  if (pattern.startsWith(".")) return name === pattern.slice(1) || name.endsWith(pattern);
  if (pattern.endsWith(".*")) return name.startsWith(pattern.slice(0, -1));
  return pattern.startsWith("~") && compileGoRegexp(`(?i)${pattern.slice(1)}`).test(name);
}

/** The location for a path: exact, then the longest prefix, unless a regular expression matches. */
export function chooseLocation(
  locations: readonly Location[],
  path: string,
): Location | undefined {
  let best: Location | undefined;
  for (const location of locations) {
    if (location.modifier === "=" && location.path === path) return location;
    const isPrefix = location.modifier === "" || location.modifier === "^~";
    if (isPrefix && path.startsWith(location.path)) {
      if (!best || location.path.length > best.path.length) best = location;
    }
  }
  const inner = best && chooseLocation(best.children, path);
  if (inner) return inner;
  if (best?.modifier === "^~") return best;
  return locations.find(({ regex }) => regex?.test(path)) ?? best;
}

/** Whether `allow` and `deny`, the first that matches, keep a client out. */
export function isDenied(rules: Settings["access"], client: string): boolean {
  for (const [rule, who] of rules) {
    if (who === "all" || inRange(client, who)) return rule === "deny";
  }
  return false;
}

function inRange(ip: string, range: string): boolean {
  const [base, bits = "32"] = range.split("/");
  const number = (text: string) =>
    text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  return Math.floor(number(ip) / size) === Math.floor(number(base) / size);
}
