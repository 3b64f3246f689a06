import { messageOf } from "../../base/mod.ts";
import { ConnectionError, type FailureKind, failureOf } from "../../kube/mod.ts";

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
  const { kind, why } = failureOf(`${code} ${said}`, host, proxy);
  if (kind === "refused") {
    const refused =
      `The connection to the server ${host} was refused - did you specify the right ` +
      "host or port?";
    return new UnreachableError("refused", refused, { cause: error });
  }
  return new UnreachableError(
    kind,
    `Unable to connect to the server: ${kind === "proxy" ? `proxyconnect ${proxy}: ` : ""}${
      why ?? messageOf(error)
    }`,
    { cause: error },
  );
}
