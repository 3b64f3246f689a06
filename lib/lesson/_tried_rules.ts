import { AdapterConfigError } from "../adapter/mod.ts";
import { discoverPreferred, RestMapper } from "../kube/mod.ts";
import type { LabView } from "./lesson.ts";
import { type Mistake, mistake } from "./_mistake.ts";
import { nearestWord } from "../base/mod.ts";
import { prometheusOf, seriesOf } from "./_prometheus.ts";
import type { PlacedRule } from "./_rule_fields.ts";
import { ruleFaults, type TriedRule, tryOn } from "../rules/mod.ts";

/** A rule of the file with the series that it finds now, and what it makes of them. */
export type TriedHere = PlacedRule & TriedRule;

/**
 * Tries the rules of a values file on the series that Prometheus has now; undefined where Prometheus does not answer.
 */
export async function tryRules(
  view: LabView,
  rules: readonly PlacedRule[],
): Promise<TriedHere[] | Mistake | undefined> {
  const mapper = await mapperOf(view);
  const tried: TriedHere[] = [];
  for (const placed of rules) {
    const series = await seriesOf(view, placed.rule.seriesQuery);
    if (series === undefined) return undefined;
    try {
      tried.push({ ...placed, ...tryOn(placed.kind, placed.rule, series, mapper) });
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

function unknownResource(
  { rule, kind, lineOf }: PlacedRule,
  mapper: RestMapper,
  said: string,
): Mistake {
  const { field = "resources", text: resource = "" } =
    ruleFaults(rule, kind, mapper).find(({ cause }) => cause === "resource") ?? {};
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
  return mistake(
    lineOf(field),
    [
      resource
        ? `the cluster has no resource \`${resource}\`${near ? `; \`${near}\` it has` : ""}`
        : said,
      "the adapter does not start with a resource that the cluster does not know",
      "name a resource as kubectl does: edit rules",
    ],
    [
      resource
        ? `클러스터에 \`${resource}\`(이)라는 리소스가 없습니다${
          near ? `. \`${near}\`은(는) 있습니다` : ""
        }`
        : said,
      "adapter는 클러스터가 모르는 리소스가 있으면 시작하지 않습니다",
      "kubectl이 부르는 이름으로 쓰세요: edit rules",
    ],
  );
}
