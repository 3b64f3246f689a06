import { AdapterConfigError, type RuleTrial, type SeriesLabels, tryRule } from "../adapter/mod.ts";
import { discoverPreferred, RestMapper } from "../kube/mod.ts";
import type { LabView } from "./lesson.ts";
import { type Mistake, mistake } from "./_mistake.ts";
import { nearestWord } from "../base/mod.ts";
import { prometheusOf, seriesOf } from "./_prometheus.ts";
import type { PlacedRule } from "./_rule_fields.ts";
import { type WantedMetric, wordsOf } from "./wanted_metric.ts";

/** A rule with the series that it finds now, and what it makes of them. */
export interface Tried extends PlacedRule {
  series: SeriesLabels[];
  trial: RuleTrial;
}

/**
 * Tries the rules of a values file on the series that Prometheus has now; undefined where Prometheus does not answer.
 */
export async function tryRules(
  view: LabView,
  rules: readonly PlacedRule[],
): Promise<Tried[] | Mistake | undefined> {
  const mapper = await mapperOf(view);
  const tried: Tried[] = [];
  for (const placed of rules) {
    const series = await seriesOf(view, placed.rule.seriesQuery);
    if (series === undefined) return undefined;
    try {
      tried.push({ ...placed, series, trial: tryRule(placed.rule, series, mapper) });
    } catch (error) {
      if (!(error instanceof AdapterConfigError)) throw error;
      return unknownResource(placed, mapper, error.message);
    }
  }
  return tried;
}

/** Whether Prometheus is there to try anything on. */
export async function canTry(view: LabView): Promise<boolean> {
  return "data" in await prometheusOf(view).get("status/buildinfo");
}

/** Whether a rule serves a metric by its name, of what it is wanted of. */
export function exposes({ trial, parent }: Tried, wanted: WantedMetric): boolean {
  if (parent === "external") return namesOf(trial).includes(wanted.metric);
  const { listed } = wordsOf(wanted);
  return trial.metrics.some(({ path }) => path === listed);
}

/** What the cluster calls its resources, in its groups' preferred versions. */
export async function mapperOf(view: LabView): Promise<RestMapper> {
  const answers = new Map<string, unknown>();
  for (;;) {
    const open: string[] = [];
    const { resources } = discoverPreferred((path) => answers.get(path) ?? void open.push(path));
    if (open.every((path) => answers.has(path))) return new RestMapper(resources);
    await Promise.all(
      open.map(async (path) => answers.set(path, (await view.raw(path)).body ?? {})),
    );
  }
}

/** The names that a rule gives to the series it finds. */
export function namesOf({ series }: RuleTrial): string[] {
  return [...new Set(series.flatMap((one) => "name" in one ? [one.name] : []))];
}

function unknownResource({ rule, lineOf }: PlacedRule, mapper: RestMapper, said: string): Mistake {
  const overrides = Object.entries(rule.resources.overrides ?? {});
  const [label, { resource }] =
    overrides.find(([, { group = "", resource }]) => !mapper.resourceFor({ group, resource })) ??
      ["", { resource: "" }];
  const near = nearestWord(resource, [
    "namespace",
    "node",
    "pod",
    "service",
    "deployment",
    "statefulset",
    "daemonset",
    "job",
    "ingress",
  ]);
  const line = lineOf(`resources.overrides.${label}.resource`);
  return mistake(
    line,
    [
      resource
        ? `the cluster has no resource \`${resource}\`${near ? `; \`${near}\` it has` : ""}`
        : said,
      "the adapter does not start with a resource that the cluster does not know",
      "name a resource as kubectl does: edit rules",
    ],
    [
      resource
        ? `클러스터에 \`${resource}\`라는 리소스가 없습니다${
          near ? `. \`${near}\`는 있습니다` : ""
        }`
        : said,
      "adapter는 클러스터가 모르는 리소스가 있으면 시작하지 않습니다",
      "kubectl이 부르는 이름으로 쓰세요: edit rules",
    ],
  );
}
