import { fieldsOf, GoUrlError, parseGoUrl, quote } from "../../../go/mod.ts";
import { ConfigError } from "./config_fields.ts";

/** Fields as written. */
export type Fields = Readonly<Record<string, unknown>>;

const filled = (...values: unknown[]) =>
  values.filter((value) => value !== undefined && value !== "").length;
const refuse = (message: string): never => {
  throw new ConfigError(message);
};

/**
 * How a client of HTTP is to show who it is, and by which way it goes. Errors: ConfigError.
 * Source: prometheus/common config/http_config.go (HTTPClientConfig.Validate, TLSConfig, ProxyConfig.Validate).
 */
export function checkHttpClient(raw: Fields): void {
  const [basic, authorization, oauth2] = [raw.basic_auth, raw.authorization, raw.oauth2]
    .map((section) => section ? fieldsOf(section) : undefined);
  checkTls(fieldsOf(raw.tls_config));
  checkProxyUrl(raw.proxy_url);
  const bearers = filled(raw.bearer_token, raw.bearer_token_file);
  if (bearers > 1) refuse("at most one of bearer_token & bearer_token_file must be configured");
  if ((basic || oauth2) && bearers > 0) {
    refuse(
      "at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured",
    );
  }
  if (basic && filled(basic.username, basic.username_file) > 1) {
    refuse("at most one of basic_auth username, username_file & username_ref must be configured");
  }
  if (basic && filled(basic.password, basic.password_file) > 1) {
    refuse("at most one of basic_auth password, password_file & password_ref must be configured");
  }
  const both = "at most one of basic_auth, oauth2 & authorization must be configured";
  if (authorization) {
    if (bearers > 0) {
      refuse("authorization is not compatible with bearer_token & bearer_token_file");
    }
    if (filled(authorization.credentials, authorization.credentials_file) > 1) {
      refuse("at most one of authorization credentials & credentials_file must be configured");
    }
    if (String(authorization.type ?? "").trim().toLowerCase() === "basic") {
      refuse('authorization type cannot be set to "basic", use "basic_auth" instead');
    }
    if (basic || oauth2) refuse(both);
  }
  if (oauth2) {
    if (basic) refuse(both);
    if (!oauth2.client_id) refuse("oauth2 client_id must be configured");
    if (!oauth2.token_url) refuse("oauth2 token_url must be configured");
  }
  checkProxy(raw);
  checkHeaders(fieldsOf(raw.http_headers));
}

const TLS_VERSIONS = ["TLS10", "TLS11", "TLS12", "TLS13"];

function checkTls(tls: Fields): void {
  for (const version of [tls.min_version, tls.max_version]) {
    if (version !== undefined && !TLS_VERSIONS.includes(String(version))) {
      refuse(`unknown TLS version: ${version}`);
    }
  }
  if (filled(tls.ca, tls.ca_file) > 1) {
    refuse("at most one of ca, ca_file & ca_ref must be configured");
  }
  const certificates = filled(tls.cert, tls.cert_file);
  const keys = filled(tls.key, tls.key_file);
  if (certificates > 1) refuse("at most one of cert, cert_file & cert_ref must be configured");
  if (keys > 1) refuse("at most one of key and key_file must be configured");
  if (certificates > keys) {
    refuse(
      "exactly one of key or key_file must be configured when a client certificate is configured",
    );
  }
  if (keys > certificates) {
    refuse("exactly one of cert or cert_file must be configured when a client key is configured");
  }
}

function checkProxyUrl(url: unknown): void {
  if (url === undefined || url === "") return;
  try {
    parseGoUrl(String(url));
  } catch (error) {
    if (!(error instanceof GoUrlError)) throw error;
    const { message } = error;
    refuse(message.startsWith("parse ") ? message : `parse ${quote(String(url))}: ${message}`);
  }
}

function checkProxy(raw: Fields): void {
  const { proxy_url: url, proxy_from_environment: fromEnvironment, no_proxy: no } = raw;
  if (fromEnvironment && url) {
    refuse("if proxy_from_environment is configured, proxy_url must not be configured");
  }
  if (fromEnvironment && no) {
    refuse("if proxy_from_environment is configured, no_proxy must not be configured");
  }
  if (!url && no) refuse("if no_proxy is configured, proxy_url must also be configured");
}

/** Source: prometheus/common config/headers.go (ReservedHeaders). */
const RESERVED = new Set([
  "Authorization",
  "Host",
  "Content-Encoding",
  "Content-Length",
  "Content-Type",
  "User-Agent",
  "Connection",
  "Keep-Alive",
  "Proxy-Authenticate",
  "Proxy-Authorization",
  "Www-Authenticate",
  "Accept-Encoding",
  "X-Prometheus-Remote-Write-Version",
  "X-Prometheus-Remote-Read-Version",
  "X-Prometheus-Scrape-Timeout-Seconds",
]);

function checkHeaders(headers: Fields): void {
  for (const name of Object.keys(headers)) {
    const canonical = name.toLowerCase().replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
    if (RESERVED.has(canonical)) refuse(`setting header ${quote(canonical)} is not allowed`);
  }
}

/**
 * Whether any of a client's fields is other than it is by default.
 * Source: prometheus/common config/http_config.go (DefaultHTTPClientConfig).
 */
export function hasHttpClient(raw: Fields): boolean {
  return POINTERS.some((field) => raw[field] !== undefined) ||
    ZEROES.some((field) => Boolean(raw[field])) ||
    Object.values(fieldsOf(raw.tls_config)).some(Boolean) ||
    raw.follow_redirects === false || raw.enable_http2 === false;
}

/** Those that count as soon as they are there, whatever is in them. */
const POINTERS = [
  "basic_auth",
  "authorization",
  "oauth2",
  "proxy_url",
  "proxy_connect_header",
  "http_headers",
];
/** Those that are empty by default. */
const ZEROES = ["bearer_token", "bearer_token_file", "no_proxy", "proxy_from_environment"];
