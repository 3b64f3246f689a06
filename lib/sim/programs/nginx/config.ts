import { Glob } from "../../userland/mod.ts";

/** One directive of a configuration, with its block when it has one. */
export interface Directive {
  name: string;
  args: string[];
  block?: Directive[];
  file: string;
  line: number;
}

/** A configuration that nginx refuses, in nginx's words. */
export class NginxConfigError extends Error {
  override name = "NginxConfigError";
  constructor(why: string, at?: { file: string; line: number }) {
    super(at ? `${why} in ${at.file}:${at.line}` : why);
  }
}

/** Where files come from; undefined for one that is not there. */
export interface ConfigSource {
  read(path: string): string | undefined;
  /** The full paths of the files in a folder, in order. */
  list(directory: string): string[];
}

type Context = "main" | "events" | "http" | "server" | "location" | "upstream" | "if" | "any";

/** Contexts, then the least and most arguments; a block when `block` is set. */
interface Rule {
  in: readonly Context[];
  args: readonly [least: number, most: number];
  block?: Context;
}

const HTTP: readonly Context[] = ["http", "server", "location"];
const ANYWHERE: readonly Context[] = ["http", "server", "location", "if"];
const MANY = Infinity;

const RULES: Record<string, Rule> = {
  ...rules(["main"], [1, 1], "daemon master_process pid lock_file pcre_jit worker_rlimit_nofile"),
  ...rules(["main"], [1, 2], "user"),
  ...rules(["main"], [1, MANY], "worker_processes worker_cpu_affinity env load_module"),
  ...rules(["main", "http", "server", "location"], [1, 2], "error_log"),
  ...rules(["events"], [1, 1], "worker_connections multi_accept use accept_mutex"),
  events: { in: ["main"], args: [0, 0], block: "events" },
  http: { in: ["main"], args: [0, 0], block: "http" },
  server: { in: ["http", "upstream"], args: [0, MANY], block: "server" },
  upstream: { in: ["http"], args: [1, 1], block: "upstream" },
  location: { in: ["server", "location"], args: [1, 2], block: "location" },
  types: { in: HTTP, args: [0, 0], block: "any" },
  map: { in: ["http"], args: [2, 2], block: "any" },
  geo: { in: ["http"], args: [1, 2], block: "any" },
  if: { in: ["server", "location"], args: [1, MANY], block: "if" },
  include: { in: ["main", "events", "http", "server", "location", "upstream"], args: [1, 1] },
  listen: { in: ["server"], args: [1, MANY] },
  server_name: { in: ["server"], args: [1, MANY] },
  internal: { in: ["location"], args: [0, 0] },
  stub_status: { in: ["server", "location"], args: [0, 1] },
  alias: { in: ["location"], args: [1, 1] },
  proxy_pass: { in: ["location", "if"], args: [1, 1] },
  return: { in: ["server", "location", "if"], args: [1, 2] },
  rewrite: { in: ["server", "location", "if"], args: [2, 3] },
  set: { in: ["server", "location", "if"], args: [2, 2] },
  break: { in: ["server", "location", "if"], args: [0, 0] },
  try_files: { in: ["server", "location"], args: [2, MANY] },
  log_format: { in: ["http"], args: [2, MANY] },
  limit_req_zone: { in: ["http"], args: [3, 4] },
  limit_conn_zone: { in: ["http"], args: [2, 2] },
  ...rules(["upstream"], [0, 1], "least_conn ip_hash keepalive zone random"),
  ...rules(ANYWHERE, [1, 1], "root default_type sendfile expires client_max_body_size"),
  ...rules(ANYWHERE, [1, MANY], "access_log index"),
  ...rules(ANYWHERE, [2, 3], "add_header"),
  ...rules(ANYWHERE, [2, MANY], "error_page"),
  ...rules(HTTP, [1, 1], "allow deny auth_basic auth_basic_user_file autoindex charset etag"),
  ...rules(HTTP, [1, 1], "tcp_nopush tcp_nodelay keepalive_requests server_tokens gzip gzip_vary"),
  ...rules(HTTP, [1, 2], "keepalive_timeout resolver_timeout limit_rate limit_conn"),
  ...rules(HTTP, [1, MANY], "gzip_types gzip_proxied limit_req resolver open_file_cache"),
  ...rules(HTTP, [1, 1], "gzip_comp_level gzip_min_length gzip_http_version log_not_found"),
  ...rules(HTTP, [1, 1], "client_body_timeout client_header_timeout send_timeout real_ip_header"),
  ...rules(HTTP, [1, 1], "set_real_ip_from types_hash_max_size server_names_hash_bucket_size"),
  ...rules(HTTP, [1, 1], "client_body_buffer_size client_header_buffer_size absolute_redirect"),
  ...rules(
    HTTP,
    [1, 1],
    "client_body_temp_path proxy_temp_path fastcgi_temp_path port_in_redirect",
  ),
  ...rules(
    HTTP,
    [1, 1],
    "uwsgi_temp_path scgi_temp_path server_name_in_redirect if_modified_since",
  ),
  ...rules(HTTP, [1, 1], "proxy_http_version proxy_read_timeout proxy_connect_timeout"),
  ...rules(HTTP, [1, 1], "proxy_send_timeout proxy_buffering proxy_ssl_verify proxy_buffer_size"),
  ...rules(HTTP, [1, MANY], "proxy_redirect proxy_next_upstream ssl_protocols proxy_hide_header"),
  ...rules(HTTP, [2, 2], "proxy_set_header proxy_buffers large_client_header_buffers sub_filter"),
  ...rules(["http", "server"], [1, 1], "ssl_certificate ssl_certificate_key ssl_ciphers"),
  ...rules(["http", "server"], [1, MANY], "ssl_prefer_server_ciphers ssl_session_cache http2"),
  ...rules(["http", "server"], [1, 1], "ssl_session_timeout ssl_session_tickets"),
};

function rules(
  contexts: readonly Context[],
  args: readonly [number, number],
  names: string,
): Record<string, Rule> {
  return Object.fromEntries(names.split(" ").map((name) => [name, { in: contexts, args }]));
}

interface Token {
  text: string;
  quoted: boolean;
  line: number;
}

/**
 * Reads a configuration file with all it includes.
 * Errors: NginxConfigError. Source: nginx/nginx src/core/ngx_conf_file.c.
 * Differs: knows the directives that configurations for HTTP commonly use, not every module's.
 */
export function parseNginxConfig(source: ConfigSource, path: string): Directive[] {
  const directives = parseFile(source, path, "main");
  if (!directives.some(({ name }) => name === "events")) {
    throw new NginxConfigError(`no "events" section in configuration`);
  }
  return directives;
}

function parseFile(
  source: ConfigSource,
  path: string,
  context: Context,
  from?: Directive,
): Directive[] {
  const text = source.read(path);
  if (text === undefined) {
    throw new NginxConfigError(`open() "${path}" failed (2: No such file or directory)`, from);
  }
  const parser = new Parser(source, path, tokenize(text, path));
  return parser.block(context, true);
}

class Parser {
  #at = 0;

  constructor(
    private readonly source: ConfigSource,
    private readonly file: string,
    private readonly tokens: readonly Token[],
  ) {}

  block(context: Context, isFile: boolean): Directive[] {
    const out: Directive[] = [];
    for (;;) {
      const token = this.tokens[this.#at++];
      if (isEnd(token)) {
        if (isFile) return out;
        throw this.#error(`unexpected end of file, expecting "}"`, token);
      }
      if (!token.quoted && token.text === "}") {
        if (isFile) throw this.#error(`unexpected "}"`, token);
        return out;
      }
      if (!token.quoted && (token.text === "{" || token.text === ";")) {
        throw this.#error(`unexpected "${token.text}"`, token);
      }
      out.push(...this.#directive(token, context));
    }
  }

  #directive(head: Token, context: Context): Directive[] {
    const args: string[] = [];
    let end: Token;
    for (;;) {
      end = this.tokens[this.#at++];
      if (isEnd(end)) throw this.#error(`unexpected end of file, expecting ";" or "}"`, end);
      if (end.quoted || !["{", "}", ";"].includes(end.text)) {
        args.push(end.text);
        continue;
      }
      if (end.text === "}") throw this.#error(`unexpected "}"`, end);
      break;
    }
    const directive: Directive = { name: head.text, args, file: this.file, line: end.line };
    if (context === "any") {
      if (end.text === "{") throw this.#error(`unexpected "{"`, end);
      return [directive];
    }
    const opens = end.text === "{";
    const isServerLine = context === "upstream" && head.text === "server";
    const rule = this.#rule(directive, context);
    const blocks = rule.block !== undefined && !isServerLine;
    if (blocks && !opens) {
      throw this.#error(`directive "${head.text}" has no opening "{"`, end);
    }
    if (!blocks && opens) {
      throw this.#error(`directive "${head.text}" is not terminated by ";"`, end);
    }
    if (args.length < rule.args[0] || args.length > rule.args[1]) {
      throw this.#error(`invalid number of arguments in "${head.text}" directive`, end);
    }
    if (head.text === "include") return this.#include(directive, context);
    if (opens) {
      const inner = rule.block === "if" ? "if" : rule.block!;
      directive.block = this.block(inner, false);
    }
    return [directive];
  }

  #rule(directive: Directive, context: Context): Rule {
    const rule = Object.hasOwn(RULES, directive.name) ? RULES[directive.name] : undefined;
    if (!rule) throw new NginxConfigError(`unknown directive "${directive.name}"`, directive);
    if (!rule.in.includes(context)) {
      throw new NginxConfigError(`"${directive.name}" directive is not allowed here`, directive);
    }
    return rule;
  }

  #include(directive: Directive, context: Context): Directive[] {
    const [pattern] = directive.args;
    const path = pattern.startsWith("/") ? pattern : `/etc/nginx/${pattern}`;
    if (!/[*?[]/.test(path)) return parseFile(this.source, path, context, directive);
    const folder = path.slice(0, path.lastIndexOf("/"));
    const name = new Glob(path.slice(folder.length + 1));
    return this.source.list(folder)
      .filter((file) => name.test(file.slice(folder.length + 1)))
      .flatMap((file) => parseFile(this.source, file, context, directive));
  }

  #error(why: string, token: Token): NginxConfigError {
    return new NginxConfigError(why, { file: this.file, line: token.line });
  }
}

const END = "\0end";

function isEnd(token: Token): boolean {
  return token.text === END;
}

function tokenize(text: string, file: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let at = 0;
  while (at < text.length) {
    const char = text[at];
    if (char === "\n") {
      line++;
      at++;
    } else if (/\s/.test(char)) at++;
    else if (char === "#") {
      while (at < text.length && text[at] !== "\n") at++;
    } else if (char === "{" || char === "}" || char === ";") {
      tokens.push({ text: char, quoted: false, line });
      at++;
    } else if (char === '"' || char === "'") {
      const quoted = readQuoted(text, at, { file, line });
      tokens.push({ text: quoted.text, quoted: true, line });
      line += quoted.lines;
      at = quoted.end;
    } else {
      const start = at;
      while (at < text.length && !isWordEnd(text, at)) at += text[at] === "\\" ? 2 : 1;
      tokens.push({ text: text.slice(start, at), quoted: false, line });
    }
  }
  // nginx counts the line after the last newline only when something is on it.
  tokens.push({ text: END, quoted: false, line });
  return tokens;
}

/** `${name}` belongs to the word it is in. */
function isWordEnd(text: string, at: number): boolean {
  const char = text[at];
  if (char === "{") return text[at - 1] !== "$";
  if (char === "}") return !/\$\{[^}\s]*$/.test(text.slice(Math.max(0, at - 64), at));
  return /[\s;]/.test(char);
}

function readQuoted(
  text: string,
  start: number,
  at: { file: string; line: number },
): { text: string; end: number; lines: number } {
  const quote = text[start];
  let out = "";
  let lines = 0;
  for (let i = start + 1; i < text.length; i++) {
    const char = text[i];
    if (char === "\\" && i + 1 < text.length) {
      const next = text[++i];
      const known: Record<string, string> = { n: "\n", r: "\r", t: "\t" };
      out += known[next] ?? (next === quote || next === "\\" ? next : `\\${next}`);
    } else if (char === quote) {
      const after = text[i + 1];
      if (after !== undefined && !/[\s;{)]/.test(after)) {
        throw new NginxConfigError(`unexpected "${after}"`, { ...at, line: at.line + lines });
      }
      return { text: out, end: i + 1, lines };
    } else {
      if (char === "\n") lines++;
      out += char;
    }
  }
  throw new NginxConfigError(`unexpected end of file, expecting ";" or "}"`, {
    ...at,
    line: at.line + lines,
  });
}
