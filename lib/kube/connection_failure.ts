/** What keeps one from a cluster, by what has to be done about it. */
export type FailureKind =
  | "refused"
  | "unknown-host"
  | "timeout"
  | "unreachable"
  | "unknown-authority"
  | "not-valid-now"
  | "other-name"
  | "other-certificate"
  | "certificate-wanted"
  | "no-tls"
  | "plugin"
  | "proxy"
  | "credentials"
  | "other";

/** By words that Node, Deno's sockets and rustls use; the first that suits. */
const REASONS: [words: readonly string[], kind: FailureKind, why: (host: string) => string][] = [
  [
    ["ECONNREFUSED", "Connection refused"],
    "refused",
    (host) => `dial tcp ${host}: connect: connection refused`,
  ],
  [
    ["ENOTFOUND", "EAI_AGAIN", "dns error", "failed to lookup", "Name or service not known"],
    "unknown-host",
    (host) => `dial tcp: lookup ${host.replace(/:\d+$/, "")}: no such host`,
  ],
  [
    ["ETIMEDOUT", "timed out", "no answer in"],
    "timeout",
    (host) => `dial tcp ${host}: i/o timeout`,
  ],
  [
    ["EHOSTUNREACH", "ENETUNREACH", "unreachable"],
    "unreachable",
    (host) => `dial tcp ${host}: connect: no route to host`,
  ],
  [
    ["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID", "Expired", "NotValidYet", "has expired"],
    "not-valid-now",
    () => "tls: failed to verify certificate: x509: certificate has expired or is not yet valid",
  ],
  [
    ["ERR_TLS_CERT_ALTNAME_INVALID", "NotValidForName", "not valid for name", "altnames"],
    "other-name",
    (host) => `tls: failed to verify certificate: x509: certificate is not valid for ${host}`,
  ],
  [
    [
      "UnknownIssuer",
      "UNABLE_TO_VERIFY",
      "unable to verify",
      "UNABLE_TO_GET_ISSUER",
      "SELF_SIGNED",
      "self signed",
      "self-signed",
      "BadSignature",
    ],
    "unknown-authority",
    () => "tls: failed to verify certificate: x509: certificate signed by unknown authority",
  ],
  [["invalid peer certificate"], "other-certificate", () => "tls: failed to verify certificate"],
  [
    [
      "CertificateRequired",
      "certificate required",
      "BadCertificate",
      "bad certificate",
      "UnknownCA",
      "CertificateUnknown",
      "AccessDenied",
      "access denied",
    ],
    "certificate-wanted",
    () => "remote error: tls: certificate required",
  ],
  [
    [
      "InvalidContentType",
      "wrong version number",
      "WRONG_VERSION_NUMBER",
      "packet length",
      "corrupt message",
    ],
    "no-tls",
    () => "tls: first record does not look like a TLS handshake",
  ],
];

/** What a connection through `proxy` may fail of at the proxy itself. */
const AT_PROXY: readonly FailureKind[] = ["refused", "unknown-host", "timeout", "other"];

/**
 * What an error of sockets or TLS comes from, by all that it says, and the reason in Go's words, where there are such.
 * Source: golang/go net, crypto/x509 and crypto/tls for the reasons.
 */
export function failureOf(
  said: string,
  host: string,
  proxy?: string,
): { kind: FailureKind; why?: string } {
  const lower = said.toLowerCase();
  const found = REASONS.find(([words]) => words.some((word) => lower.includes(word.toLowerCase())));
  const [, kind, why] = found ?? [[], "other" as const, undefined];
  return {
    kind: proxy !== undefined && AT_PROXY.includes(kind) ? "proxy" : kind,
    ...(why ? { why: why(host) } : {}),
  };
}
