import { own, quote } from "../../../go/mod.ts";
import { parseSelector } from "../../../kube/mod.ts";
import { ConfigError } from "./config_fields.ts";
import { checkHttpClient, type Fields, hasHttpClient } from "./http_client_config.ts";

export const ROLES = ["node", "pod", "service", "endpoints", "endpointslice", "ingress"];

/** Which objects the selectors of a role may be of. */
const SELECTABLE: Readonly<Record<string, readonly string[]>> = {
  pod: ["pod", "node"],
  service: ["service"],
  endpointslice: ["pod", "service", "endpointslice"],
  endpoints: ["pod", "service", "endpoints"],
  node: ["node"],
  ingress: ["ingress"],
};

/**
 * How objects of a role are asked for, and which. Errors: ConfigError.
 * Source: prometheus/prometheus discovery/kubernetes/kubernetes.go (SDConfig.UnmarshalYAML).
 */
export function checkDiscovery(raw: Fields, role: string): void {
  const { api_server: server, kubeconfig_file: kubeconfig, namespaces, selectors } = raw;
  for (const one of (selectors ?? []) as (Record<string, unknown> | undefined)[]) {
    const of = String(one?.role ?? "").toLowerCase();
    if (!ROLES.includes(of)) throw new ConfigError(`unknown Kubernetes SD role ${quote(of)}`);
  }
  checkHttpClient(raw);
  const refuse = (message: string) => {
    throw new ConfigError(message);
  };
  if (server && kubeconfig) {
    refuse("cannot use 'kubeconfig_file' and 'api_server' simultaneously");
  }
  if (kubeconfig && hasHttpClient(raw)) {
    refuse("cannot use a custom HTTP client configuration together with 'kubeconfig_file'");
  }
  if (!server && hasHttpClient(raw)) {
    refuse(
      "to use custom HTTP client configuration please provide the 'api_server' URL explicitly",
    );
  }
  for (const [field, given] of [["api_server", server], ["kubeconfig_file", kubeconfig]]) {
    if (!given || !own(namespaces, "own_namespace")) continue;
    refuse(`cannot use '${field}' and 'namespaces.own_namespace' simultaneously`);
  }
  const seen = new Set<string>();
  for (const one of (selectors ?? []) as (Record<string, unknown> | undefined)[]) {
    const of = String(one?.role ?? "").toLowerCase();
    if (seen.has(of)) refuse(`duplicated selector role: ${of}`);
    seen.add(of);
    const allowed = SELECTABLE[role];
    if (!allowed.includes(of)) refuse(`${role} role supports only ${allowed.join(", ")} selectors`);
    try {
      parseSelector(String(one?.label ?? ""));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      refuse(error.message);
    }
  }
}
