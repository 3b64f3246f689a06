import { nearestNames, said } from "../base/mod.ts";
import { conditionOf, type KubeObject, type Pod } from "../kube/mod.ts";
import { absent, conditionNow, type HopNow, podsNow, readyText, type Trail } from "./_say.ts";
import { amountText } from "./autoscaler.ts";
import { valueOf } from "./_value_of.ts";

/*
 * The hops from where a metric gets its name in Kubernetes to what is scaled on it.
 */

/** The API that serves an autoscaler's metric. */
function groupOf({ source }: Trail): string {
  switch (source) {
    case "External":
      return "external.metrics.k8s.io";
    case "Resource":
    case "ContainerResource":
      return "metrics.k8s.io";
    default:
      return "custom.metrics.k8s.io";
  }
}

/** The adapter and its rules: whether the metric has a name in Kubernetes. */
export async function ruleNow(trail: Trail): Promise<HopNow> {
  const { view, hpa } = trail;
  const pods = await podsOf(view, "prometheus-adapter");
  if (pods.length === 0) return absent("adapter");
  const now = podsNow("adapter", "prometheus-adapter", pods);
  const { code, body } = await view.raw(`/apis/${groupOf(trail)}/v1beta1`);
  if (now.state === "fails" || code !== 200) return now;
  const names: string[] = (body.resources ?? []).map(({ name }: { name: string }) => name);
  const metric = hpa?.metrics[0];
  if (!metric) {
    const shows = { en: `serves ${names.length} names`, ko: `이름 ${names.length}개 제공` };
    return { ...now, state: names.length > 0 ? "works" : "waits", shows };
  }
  const wanted = servedName(metric, names);
  if (names.includes(wanted)) {
    return { ...now, state: "works", shows: { en: `serves ${wanted}`, ko: `${wanted} 제공` } };
  }
  const [near] = nearestNames(wanted, names, 1);
  return {
    ...now,
    state: "fails",
    shows: {
      en: `no rule gives ${wanted}` + (near ? `; nearest: ${near}` : ""),
      ko: `${wanted}을(를) 주는 규칙 없음` + (near ? `; 가장 가까운 것: ${near}` : ""),
    },
  };
}

/** How a metric is listed: `services/name`, by the plural of what it is of. */
function servedName(metric: NonNullable<Trail["hpa"]>["metrics"][number], names: string[]): string {
  if (metric.source === "External") return metric.name;
  if (!metric.of) return `pods/${metric.name}`;
  const kind = metric.of.kind.toLowerCase();
  const isOf = (name: string) => name.split("/")[0].split(".")[0].startsWith(kind);
  return names.find((name) => isOf(name) && name.endsWith(`/${metric.name}`)) ??
    `${kind}s/${metric.name}`;
}

/** metrics-server, for what pods use. */
export async function metricsServerNow({ view }: Trail): Promise<HopNow> {
  const pods = await podsOf(view, "metrics-server");
  return pods.length === 0
    ? absent("metrics-server")
    : podsNow("metrics-server", "metrics-server", pods);
}

/** KEDA: the ScaledObject that the autoscaler was made for, and what its query gives. */
export async function kedaNow(trail: Trail): Promise<HopNow> {
  const { view, hpa, namespace } = trail;
  const all = await view.list("scaledobjects.keda.sh", { namespace });
  const own = all.find(({ status }) => status?.hpaName === hpa?.name);
  // The adapter serves external metrics too.
  if (!own) return await ruleNow(trail);
  const now = conditionNow("keda", `ScaledObject ${own.metadata.name}`, own, "Ready");
  const query = own.spec?.triggers?.[0]?.metadata?.query;
  const value = query === undefined ? undefined : await valueOf(view, query);
  if (now.state !== "works" || value === undefined) return now;
  const isActive = conditionOf(own, "Active")?.status === "True";
  const shows = `Active=${isActive ? "True" : "False"}; ${query} = ${amountText(value)}`;
  return { ...now, shows: { en: shows, ko: shows } };
}

/** Who in the API serves the metric. */
export async function apiServiceNow(trail: Trail): Promise<HopNow> {
  const name = `v1beta1.${groupOf(trail)}`;
  const found: KubeObject | undefined = await trail.view.get(
    "apiservices.apiregistration.k8s.io",
    "",
    name,
  );
  if (!found) return { ...absent("api-service"), what: name };
  return conditionNow("api-service", name, found, "Available");
}

/** The autoscaler: what it reads, and what it makes of that. */
export function autoscalerNow({ hpa }: Trail): HopNow {
  if (!hpa) return absent("hpa");
  const { name, trouble, min, max, desired } = hpa;
  const [metric] = hpa.metrics;
  if (trouble) {
    return { hop: "hpa", state: "fails", what: name, shows: { en: trouble, ko: trouble } };
  }
  if (metric?.current === undefined) {
    const shows = { en: "has read nothing yet", ko: "아직 읽은 값 없음" };
    return { hop: "hpa", state: "waits", what: name, shows };
  }
  const read = `${metric.name} ${amountText(metric.current, metric.targetType)} / ${
    amountText(metric.target, metric.targetType)
  }`;
  return {
    hop: "hpa",
    state: "works",
    what: name,
    shows: {
      en: `${read}; wants ${desired} (${min} to ${max})`,
      ko: `${read}; 원하는 수 ${desired} (${min}~${max})`,
    },
  };
}

/** What is scaled. */
export function targetNow({ hpa, target }: Trail): HopNow {
  if (!hpa) return absent("deployment");
  const { kind, name } = hpa.scales;
  const what = kind === "Deployment" ? name : `${kind} ${name}`;
  if (!target) {
    return {
      hop: "deployment",
      what,
      state: "fails",
      shows: said("there is none", "그런 것이 없음"),
    };
  }
  const wanted = target.spec.replicas ?? 1;
  const ready = target.status?.readyReplicas ?? 0;
  return {
    hop: "deployment",
    what,
    state: ready >= wanted ? "works" : "waits",
    shows: readyText(ready, wanted),
  };
}

async function podsOf(view: Trail["view"], app: string): Promise<Pod[]> {
  return await view.list<Pod>("pods", { labelSelector: `app.kubernetes.io/name=${app}` });
}
