import { parseSelector, SelectorSyntaxError } from "../../../kube/mod.ts";
import type { KubeletOptions } from "./kubelet_endpoints.ts";
import type { ReloaderOptions } from "./statefulset.ts";

export const VERSION = "0.93.1";

/** A flag that is not known, or will not do; worded as Go's flag package does, not as pflag (go/pflag.ts). */
export class FlagError extends Error {
  override name = "FlagError";
}

export interface OperatorFlags {
  logLevel: string;
  logFormat: string;
  listenAddress: string;
  tls: boolean;
  kubelet: KubeletOptions | undefined;
  kubeletSyncPeriod: string;
  reloader: ReloaderOptions;
  /** Whether objects of a namespace are looked at. */
  isWatched: (namespace: string) => boolean;
  namespacesShown: string;
}

const KNOWN = new Set([
  "kubelet-service",
  "kubelet-selector",
  "kubelet-endpoints",
  "kubelet-endpointslice",
  "kubelet-http-metrics",
  "kubelet-node-address-priority",
  "kubelet-sync-period",
  "log-format",
  "log-level",
  "namespaces",
  "deny-namespaces",
  "localhost",
  "prometheus-config-reloader",
  "config-reloader-cpu-request",
  "config-reloader-cpu-limit",
  "config-reloader-memory-request",
  "config-reloader-memory-limit",
  "enable-config-reloader-probes",
  "prometheus-default-base-image",
  "alertmanager-default-base-image",
  "thanos-default-base-image",
  "prometheus-instance-namespaces",
  "prometheus-instance-selector",
  "alertmanager-instance-namespaces",
  "alertmanager-instance-selector",
  "alertmanager-config-namespaces",
  "thanos-ruler-instance-namespaces",
  "thanos-ruler-instance-selector",
  "secret-field-selector",
  "secret-label-selector",
  "configmap-field-selector",
  "configmap-label-selector",
  "cluster-domain",
  "controller-id",
  "labels",
  "annotations",
  "feature-gates",
  "auto-gomemlimit-ratio",
  "disable-unmanaged-prometheus-configuration",
  "watch-referenced-objects-in-all-namespaces",
  "repair-policy-for-statefulsets",
  "web.enable-tls",
  "web.enable-http2",
  "web.cert-file",
  "web.key-file",
  "web.client-ca-file",
  "web.listen-address",
  "web.tls-min-version",
  "web.tls-cipher-suites",
  "web.tls-reload-interval",
  "tls-insecure",
  "short-version",
  "version",
]);

const SIZES = /^\d+(\.\d+)?(m|k|Ki|M|Mi|G|Gi)?$/;

/**
 * Reads the operator's flags. Errors: FlagError.
 * Source: prometheus-operator/prometheus-operator cmd/operator/main.go (parseFlags).
 */
export function parseOperatorFlags(args: readonly string[]): OperatorFlags {
  const values = new Map<string, string>();
  for (let i = 0; i < args.length; i++) {
    const match = /^--?([^=]+)(?:=(.*))?$/s.exec(args[i]);
    if (!match) throw new FlagError(`unexpected argument ${args[i]}`);
    const [, name, value] = match;
    if (!KNOWN.has(name)) throw new FlagError(`flag provided but not defined: -${name}`);
    if (value !== undefined) values.set(name, value);
    else if (i + 1 < args.length && !args[i + 1].startsWith("-")) values.set(name, args[++i]);
    else values.set(name, "true");
  }
  const text = (name: string, fallback: string) => values.get(name) ?? fallback;
  const bool = (name: string, fallback: boolean): boolean => {
    const value = values.get(name);
    if (value === undefined) return fallback;
    if (!/^(true|false|1|0|t|f|T|F|TRUE|FALSE|True|False)$/.test(value)) {
      throw new FlagError(`invalid boolean value "${value}" for -${name}: parse error`);
    }
    return /^(1|t)/i.test(value);
  };
  const size = (name: string, fallback: string): string => {
    const value = text(name, fallback);
    if (!SIZES.test(value)) {
      throw new FlagError(
        `invalid value "${value}" for flag -${name}: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
      );
    }
    return value;
  };
  const list = (name: string) => text(name, "").split(",").filter((one) => one !== "");
  const allowed = list("namespaces");
  const denied = list("deny-namespaces");
  return {
    logLevel: text("log-level", "info"),
    logFormat: text("log-format", "logfmt"),
    listenAddress: text("web.listen-address", ":8080"),
    tls: bool("web.enable-tls", false),
    kubelet: kubeletOptions(text("kubelet-service", ""), text("kubelet-selector", ""), {
      endpoints: bool("kubelet-endpoints", true),
      endpointSlice: bool("kubelet-endpointslice", false),
      httpMetrics: bool("kubelet-http-metrics", true),
    }),
    kubeletSyncPeriod: text("kubelet-sync-period", "3m"),
    reloader: {
      image: text(
        "prometheus-config-reloader",
        `quay.io/prometheus-operator/prometheus-config-reloader:v${VERSION}`,
      ),
      cpuRequest: size("config-reloader-cpu-request", "10m"),
      cpuLimit: size("config-reloader-cpu-limit", "10m"),
      memoryRequest: size("config-reloader-memory-request", "50Mi"),
      memoryLimit: size("config-reloader-memory-limit", "50Mi"),
      enableProbes: bool("enable-config-reloader-probes", false),
      localhost: text("localhost", "localhost"),
    },
    isWatched: (namespace) =>
      allowed.length > 0 ? allowed.includes(namespace) : !denied.includes(namespace),
    namespacesShown: `{allow_list="${allowed.join(",")}",deny_list="${
      denied.join(",")
    }",prometheus_allow_list="${allowed.join(",")}",alertmanager_allow_list="${
      allowed.join(",")
    }",alertmanagerconfig_allow_list="",thanosruler_allow_list="${allowed.join(",")}"}`,
  };
}

function kubeletOptions(
  object: string,
  selector: string,
  options: Pick<KubeletOptions, "endpoints" | "endpointSlice" | "httpMetrics">,
): KubeletOptions | undefined {
  if (object === "") return undefined;
  const [namespace, name, ...more] = object.split("/");
  if (!name || more.length > 0) {
    throw new FlagError(
      `malformatted kubelet object string "${object}", must be in format "namespace/name"`,
    );
  }
  try {
    parseSelector(selector);
  } catch (error) {
    if (!(error instanceof SelectorSyntaxError)) throw error;
    throw new FlagError(`invalid value "${selector}" for flag -kubelet-selector: ${error.message}`);
  }
  return { namespace, name, selector, ...options };
}
