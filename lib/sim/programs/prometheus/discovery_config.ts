import { quote } from "../../../go/mod.ts";
import { parseSelector, SelectorSyntaxError } from "../../../kube/mod.ts";
import { ConfigError, type KubernetesFields } from "./config_fields.ts";
import { checkHttpClient, hasHttpClient } from "./http_client_config.ts";

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
export function checkDiscovery(raw: KubernetesFields, role: string): void {
  const { api_server: server, kubeconfig_file: kubeconfig, namespaces, selectors = [] } = raw;
  for (const one of selectors) {
    if (one?.role === undefined || ROLES.includes(one.role)) continue;
    throw new ConfigError(`unknown Kubernetes SD role ${quote(one.role)}`);
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
    if (!given || !namespaces?.own_namespace) continue;
    refuse(`cannot use '${field}' and 'namespaces.own_namespace' simultaneously`);
  }
  const seen = new Set<string>();
  for (const { role: of = "", label = "" } of selectors.map((one) => one ?? {})) {
    if (seen.has(of)) refuse(`duplicated selector role: ${of}`);
    seen.add(of);
    const allowed = SELECTABLE[role];
    if (!allowed.includes(of)) refuse(`${role} role supports only ${allowed.join(", ")} selectors`);
    try {
      parseSelector(label);
    } catch (error) {
      if (!(error instanceof SelectorSyntaxError)) throw error;
      refuse(error.message);
    }
  }
}
