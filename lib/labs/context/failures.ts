import { messageOf } from "../../base/mod.ts";
import { ConnectionError } from "../../kube/mod.ts";

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

/** No server answered; `message` is what kubectl ends with, `kind` what it comes from. */
class UnreachableError extends ConnectionError {
  constructor(readonly kind: FailureKind, message: string, options?: ErrorOptions) {
    super(message);
    if (options) this.cause = options.cause;
  }
}

/** What a credential program, or a file that the kubeconfig names, did not give. */
export class CredentialsError extends Error {
  override name = "CredentialsError";
  constructor(readonly kind: "plugin" | "credentials", message: string) {
    super(message);
  }
}

/**
 * An error of sockets and TLS as kubectl tells it.
 * Source: kubernetes/kubectl pkg/cmd/util/helpers.go (checkErr), Go's crypto/x509 and net for the reasons.
 */
export function unreachable(error: unknown, host: string, proxy?: string): UnreachableError {
  if (error instanceof UnreachableError) return error;
  if (error instanceof CredentialsError) {
    const said = `Unable to connect to the server: getting credentials: ${error.message}`;
    return new UnreachableError(error.kind, said, { cause: error });
  }
  const said = [error, (error as Error | undefined)?.cause].map(messageOf).join(" ");
  const code = String((error as { code?: string } | undefined)?.code ?? "");
  const { kind, why } = reasonOf(`${code} ${said}`, host);
  if (kind === "refused" && !proxy) {
    const refused =
      `The connection to the server ${host} was refused - did you specify the right ` +
      "host or port?";
    return new UnreachableError("refused", refused, { cause: error });
  }
  const isProxy = proxy !== undefined &&
    ["refused", "unknown-host", "timeout", "other"].includes(kind);
  return new UnreachableError(
    isProxy ? "proxy" : kind,
    `Unable to connect to the server: ${isProxy ? `proxyconnect ${proxy}: ` : ""}${
      why ?? messageOf(error)
    }`,
    { cause: error },
  );
}

/** By words that Node, Deno's sockets and rustls use; the first that suits. */
const REASONS: [words: readonly string[], kind: FailureKind, why: (host: string) => string][] = [
  [
    ["ECONNREFUSED", "Connection refused"],
    "refused",
    (host) => `dial tcp ${host}: connect: connection refused`,
  ],
  [
    ["ENOTFOUND", "EAI_AGAIN", "failed to lookup", "Name or service not known"],
    "unknown-host",
    (host) => `dial tcp: lookup ${host.replace(/:\d+$/, "")}: no such host`,
  ],
  [["ETIMEDOUT", "timed out"], "timeout", (host) => `dial tcp ${host}: i/o timeout`],
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
    ["ERR_TLS_CERT_ALTNAME_INVALID", "NotValidForName", "altnames"],
    "other-name",
    (host) => `tls: failed to verify certificate: x509: certificate is not valid for ${host}`,
  ],
  [
    [
      "UnknownIssuer",
      "UNABLE_TO_VERIFY",
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
    ],
    "certificate-wanted",
    () => "remote error: tls: certificate required",
  ],
  [
    ["InvalidContentType", "wrong version number", "corrupt message"],
    "no-tls",
    () => "tls: first record does not look like a TLS handshake",
  ],
];

function reasonOf(said: string, host: string): { kind: FailureKind; why?: string } {
  const lower = said.toLowerCase();
  for (const [words, kind, why] of REASONS) {
    if (words.some((word) => lower.includes(word.toLowerCase()))) return { kind, why: why(host) };
  }
  return { kind: "other" };
}
