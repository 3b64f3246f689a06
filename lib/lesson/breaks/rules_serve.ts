import {
  AdapterConfigError,
  type DiscoveryRule,
  parseAdapterConfig,
  tryRule,
} from "../../adapter/mod.ts";
import type { RestMapper } from "../../kube/mod.ts";
import { NAME } from "../_adapter_pods.ts";
import { mapperOf } from "../_tried_rules.ts";
import type { LabView } from "../lesson.ts";
import { ImaginedPrometheus } from "./imagined_prometheus.ts";

const SERIES = "nginx_http_requests_total";
/** What tryRule() calls the object, and its namespace, in a query. */
const IMAGINED = { namespace: "NAMESPACE", service: "NAME" };

/** Whether the adapter's rules serve a metric of Services, and by its Service, once there are series. */
export async function rulesServe(view: LabView, metric: string | undefined): Promise<boolean> {
  const map = await view.get("configmaps", "default", NAME);
  const mapper = await mapperOf(view);
  try {
    const { rules } = parseAdapterConfig(String(map?.data?.["config.yaml"] ?? ""));
    return rules.some((rule) => serves(rule, `services/${metric}`, mapper));
  } catch (error) {
    if (!(error instanceof AdapterConfigError)) throw error;
    return false;
  }
}

function serves(rule: DiscoveryRule, path: string, mapper: RestMapper): boolean {
  const series = { __name__: SERIES, ...IMAGINED, pod: "POD", container: "exporter" };
  const prometheus = new ImaginedPrometheus(series);
  if (!prometheus.finds(rule.seriesQuery)) return false;
  const found = tryRule(rule, [series], mapper).metrics.find((metric) => metric.path === path);
  return found !== undefined && "one" in found.asked &&
    prometheus.query(found.asked.one).some(({ metric }) =>
      Object.values(metric).includes(IMAGINED.service)
    );
}
