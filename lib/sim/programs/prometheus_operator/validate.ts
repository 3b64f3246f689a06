import { DurationSyntaxError, parsePromDuration } from "../../../go/mod.ts";
import { selectorRequirements } from "../../../kube/mod.ts";
import { relabelError, type RelabelRule, relabelRule } from "../prometheus/mod.ts";
import { AssetError, type AssetStore } from "./assets.ts";
import type {
  Endpoint,
  PodMonitor,
  Prometheus,
  RelabelConfig,
  ServiceMonitor,
} from "./monitoring_v1.ts";

/**
 * Why a ServiceMonitor or PodMonitor is not taken into the configuration; undefined when it is.
 * Certificates it refers to are noted in `assets`.
 * Source: prometheus-operator/prometheus-operator pkg/prometheus/resource_selector.go
 * (checkServiceMonitor, checkPodMonitor), validation/validator.go.
 */
export function monitorError(
  prometheus: Prometheus,
  monitor: ServiceMonitor & PodMonitor,
  assets: AssetStore,
): string | undefined {
  const { namespace = "" } = monitor.metadata;
  try {
    selectorRequirements(monitor.spec?.selector);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return error.message;
  }
  const isService = monitor.kind === "ServiceMonitor";
  const { endpoints, podMetricsEndpoints } = monitor.spec ?? {};
  for (const [index, endpoint] of (isService ? endpoints : podMetricsEndpoints)?.entries() ?? []) {
    const at = `${isService ? "endpoints" : "endpoint"}[${index}]`;
    const error = endpointError(prometheus, namespace, endpoint, assets);
    if (error !== undefined) return `${at}: ${error}`;
  }
  return undefined;
}

function endpointError(
  prometheus: Prometheus,
  namespace: string,
  endpoint: Endpoint,
  assets: AssetStore,
): string | undefined {
  const { bearerTokenSecret, basicAuth, authorization, tlsConfig } = endpoint;
  const checks: [what: string, run: () => void][] = [
    ["bearerTokenSecret", () => {
      if (bearerTokenSecret?.name) assets.secret(namespace, bearerTokenSecret);
    }],
    ["basicAuth", () => {
      for (const ref of [basicAuth?.username, basicAuth?.password]) {
        if (ref) assets.secret(namespace, ref);
      }
    }],
    ["tlsConfig", () => assets.addTls(namespace, tlsConfig)],
    ["authorization", () => {
      if (authorization?.credentials) assets.secret(namespace, authorization.credentials);
    }],
  ];
  for (const [what, run] of checks) {
    try {
      run();
    } catch (error) {
      if (!(error instanceof AssetError)) throw error;
      return `${what}: ${error.message}`;
    }
  }
  const timing = timeoutError(
    endpoint.scrapeTimeout,
    endpoint.interval || prometheus.spec?.scrapeInterval || "30s",
  );
  if (timing !== undefined) return timing;
  for (
    const [what, rules] of [
      ["relabelConfigs", endpoint.relabelings],
      ["metricRelabelConfigs", endpoint.metricRelabelings],
    ] as const
  ) {
    const error = relabelingsError(rules ?? []);
    if (error !== undefined) return `${what}: ${error}`;
  }
  return undefined;
}

function timeoutError(timeout: string | undefined, interval: string): string | undefined {
  if (!timeout) return undefined;
  try {
    return parsePromDuration(timeout) > parsePromDuration(interval)
      ? `scrapeTimeout "${timeout}" greater than scrapeInterval "${interval}"`
      : undefined;
  } catch (error) {
    if (!(error instanceof DurationSyntaxError)) throw error;
    return `invalid scrapeTimeout: ${error.message}`;
  }
}

function relabelingsError(rules: readonly RelabelConfig[]): string | undefined {
  for (const [index, one] of rules.entries()) {
    let rule: RelabelRule;
    try {
      rule = relabelRule({
        ...(one.sourceLabels ? { sourceLabels: one.sourceLabels } : {}),
        ...(one.separator === undefined ? {} : { separator: one.separator }),
        ...(one.regex ? { regexText: one.regex } : {}),
        ...(one.modulus ? { modulus: one.modulus } : {}),
        ...(one.targetLabel ? { targetLabel: one.targetLabel } : {}),
        ...(one.replacement === undefined ? {} : { replacement: one.replacement }),
        // The definitions' schemas let no other through.
        ...(one.action ? { action: one.action.toLowerCase() as RelabelRule["action"] } : {}),
      });
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return `[${index}]: invalid regex ${one.regex} for relabel configuration`;
    }
    const wrong = relabelError(rule);
    if (wrong !== undefined) return `[${index}]: ${wrong}`;
  }
  return undefined;
}
