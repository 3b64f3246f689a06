import { type MetricSpec, selectorFault } from "../../autoscale/mod.ts";
import { groupOf, selectorRequirements } from "../../kube/mod.ts";
import { asIs, said } from "../said.ts";
import { type FiledHpa, metricOf } from "./hpa_file.ts";
import type { Remark } from "./rules_file.ts";
import type { Answer, RuleReport, Served, TrialGround } from "./try_rules.ts";

/** What an HPA's question for one of its metrics would get. */
export interface HpaAnswer extends Answer {
  hpa: string;
  namespace: string;
  metric: string;
  /** As the spec has it: `Value 100`. */
  target: string;
  /** The rules that expose a metric of this name, by number. */
  rules: number[];
  remarks: Remark[];
}

/** What the HPAs would get that ask for metrics of these rules. */
export async function askedByHpas(
  { hpas, metric: only, mapper, source }: TrialGround,
  served: Served,
  rules: readonly RuleReport[],
): Promise<HpaAnswer[]> {
  const answers: HpaAnswer[] = [];
  for (const hpa of hpas) {
    for (const [index, spec] of (hpa.spec.metrics ?? []).entries()) {
      const wanted = metricOf(spec);
      if (only && wanted.name !== only) continue;
      const exposing = rules.filter(({ kind, exposes }) =>
        (kind === "external") === (wanted.api === "external") &&
        exposes.some(({ metric }) => metric === wanted.name)
      ).map(({ number }) => number);
      const isOfPods = wanted.api === "resource";
      // A metric of CPU or memory is none of the rules', unless it is called as a rule's.
      if (isOfPods && exposing.length === 0) continue;
      const answer = isOfPods
        ? noResource(hpa, wanted.name)
        : await answerTo(spec, hpa, served, mapper, await podsOf(hpa, source));
      const path = `metrics.${index}.${wanted.field}`;
      answers.push({
        ...answer,
        hpa: hpa.name,
        namespace: hpa.namespace,
        metric: wanted.name,
        target: targetText(spec),
        rules: exposing,
        remarks: utilization(spec, hpa, path, wanted.name),
      });
    }
  }
  return answers;
}

function noResource({ namespace }: FiledHpa, name: string): Answer {
  return {
    request: `metrics.k8s.io/v1beta1/namespaces/${namespace}/pods`,
    says: said(
      `no ${name}: metrics.k8s.io knows cpu and memory alone`,
      `${name}은(는) 없음. metrics.k8s.io에는 cpu와 memory만 있습니다`,
    ),
  };
}

async function answerTo(
  spec: MetricSpec,
  { namespace }: FiledHpa,
  served: Served,
  mapper: TrialGround["mapper"],
  pods: string[],
): Promise<Answer> {
  const { object, external } = spec;
  const identifier = (object ?? spec.pods ?? external)!.metric;
  const fault = selectorFault(identifier.selector);
  if (fault) return { request: "-", says: asIs(fault) };
  const selector = selectorRequirements(identifier.selector) ?? [];
  if (external) return await served.externally(identifier.name, namespace, selector);
  if (!object) return await served.pods(identifier.name, namespace, pods, selector);
  const { kind, name, apiVersion = "" } = object.describedObject;
  const found = mapper.kindFor(groupOf(apiVersion), kind);
  const resource = found
    ? { group: found.group, resource: found.resource }
    : { group: groupOf(apiVersion), resource: `${kind.toLowerCase()}s` };
  const isNamespace = resource.group === "" && resource.resource === "namespaces";
  const info = { resource, namespaced: !isNamespace, metric: identifier.name };
  return await served.custom(info, isNamespace ? "" : namespace, name, selector);
}

/** The pods of an HPA's workload as their series tell: named after it. */
async function podsOf(
  { namespace, spec }: FiledHpa,
  source: TrialGround["source"],
): Promise<string[]> {
  if (!spec.metrics?.some(({ type }) => type === "Pods")) return [];
  const { name } = spec.scaleTargetRef;
  const selector = `{namespace=${JSON.stringify(namespace)},pod=~${JSON.stringify(`${name}-.+`)}}`;
  const series = await source.series(selector, 5 * 60_000);
  return [...new Set(series.map(({ pod }) => pod))].sort();
}

/** A share is of a request, and only CPU and memory have one. */
function utilization(spec: MetricSpec, hpa: FiledHpa, path: string, name: string): Remark[] {
  const isOfPods = spec.type === "Resource" || spec.type === "ContainerResource";
  const { target } = (spec.object ?? spec.pods ?? spec.external ?? spec.resource ??
    spec.containerResource)!;
  const isShare = target?.type === "Utilization" || target?.averageUtilization !== undefined;
  if (!isShare && !isOfPods) return [];
  const place = hpa.placeOf(isShare ? `${path}.target` : path);
  return [{
    code: "utilization-of-custom-metric",
    said: said(
      `${name} is no resource that a container requests, so it has no utilization: ask for it as type Pods, Object or External, with averageValue or value`,
      `${name}은(는) 컨테이너가 요청하는 리소스가 아니어서 사용률이 없습니다. Pods, Object, External 유형으로 averageValue나 value를 쓰세요`,
    ),
    ...(place ? { place } : {}),
  }];
}

function targetText(spec: MetricSpec): string {
  const { target } = (spec.object ?? spec.pods ?? spec.external ?? spec.resource ??
    spec.containerResource)!;
  const amount = target?.averageUtilization !== undefined
    ? `${target.averageUtilization}%`
    : target?.averageValue ?? target?.value ?? "?";
  return `${target?.type ?? "?"} ${amount}`;
}
