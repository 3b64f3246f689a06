import { groupResource, singularOf } from "../../kube/mod.ts";
import type { Labels } from "../../promql/mod.ts";
import type { ScrapeTarget } from "../../prometheus/mod.ts";
import { labelsText, namesOf } from "../../rules/mod.ts";
import type { RunningRule } from "../adapter.ts";
import type { Fault } from "../hop.ts";
import { type Localized, said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import type { MetricWalk } from "./metric_walk.ts";
import { endpointsOf, monitorsOf, nameOf } from "./monitors.ts";
import { isRecorded, recordersOf, recordingRule } from "./recording_rules.ts";
import { seriesEvidence } from "./rule_evidence.ts";
import { ruleDiff } from "./rule_diff.ts";

/** A rule that gives the name and attaches it to other resources, and the label that its series lack. */
interface Astray {
  rule: RunningRule;
  /** The label that names the object, where it has its usual name. */
  label: string;
  /** That the rule exposes the name, and not of the resource that is wanted. */
  exposes: Localized;
}

/** A rule gives the name, and attaches it to other resources. */
export async function wrongLabels(walk: MetricWalk): Promise<Fault | undefined> {
  const { resource, metric } = walk.wanted;
  if (!resource || await walk.used()) return undefined;
  const rule = (await walk.tried()).findLast((one) => namesOf(one).includes(metric));
  if (!rule) return undefined;
  const exposed = rule.trial.metrics.map(({ path }) => path)
    .filter((path) => path.endsWith(`/${metric}`)).join(", ");
  const exposes = said(
    `Rule ${rule.number} exposes ${exposed || "nothing"}, and not ${walk.path}`,
    `규칙 ${rule.number}이(가) 내보내는 것은 ${exposed || "없음"}이고 ${walk.path}이(가) 아닙니다`,
  );
  const label = singularOf(resource.resource);
  const astray: Astray = { rule, label, exposes };
  return await notRecordedWith(walk, astray) ?? await droppedLabel(walk, astray) ??
    await attachedElsewhere(walk, astray);
}

/** The series is recorded, and its expression keeps no such label. */
async function notRecordedWith(
  walk: MetricWalk,
  { rule, label, exposes }: Astray,
): Promise<Fault | undefined> {
  for (const series of rule.series.filter((one) => !(label in one))) {
    const [object] = await recordersOf(walk.cluster, [series.__name__]);
    if (!object) continue;
    const { name, namespace } = object.metadata;
    const { expr = "" } = recordingRule(object, series.__name__)!;
    const of = nameOf({ kind: "PrometheusRule", object });
    const labels = labelsText(series);
    return {
      cause: "rule-attaches-elsewhere",
      told: said(
        `${exposes.en}: the ${of} records ${series.__name__} without ` +
          `the label ${label}${labels ? ` (it has ${labels})` : ""}.`,
        `${exposes.ko}: ${of}이(가) 기록하는 ` +
          `${series.__name__}에 레이블 ${label}이(가) 없습니다${
            labels ? ` (있는 것: ${labels})` : ""
          }.`,
      ),
      evidence: [
        await seriesEvidence(walk, series.__name__, series),
        {
          command:
            `kubectl -n ${namespace} get prometheusrules.monitoring.coreos.com ${name} -o yaml`,
          printed: `expr: ${expr}\nrecord: ${series.__name__}`,
        },
      ],
      remedy: {
        told: said(
          `keep the label ${label} in that expr, as \`sum by (namespace, ${label}) (…)\` does`,
          `그 expr이 레이블 ${label}을(를) 남기게 하세요. 예: \`sum by (namespace, ${label}) (…)\``,
        ),
      },
      upstream: DOCS.recording,
    };
  }
}

/** The target that a series came from has the label, and the metricRelabelings of its job take it away. */
async function droppedLabel(
  walk: MetricWalk,
  { rule, label }: Astray,
): Promise<Fault | undefined> {
  const targets = (await walk.source.targets()).filter(({ labels }) => label in labels);
  for (const series of rule.series.filter((one) => !(label in one))) {
    const target = targets.find((one) => isFrom(series, one));
    const job = target && await relabellingJob(walk, target);
    if (!job) continue;
    const value = `${label}="${target.labels[label]}"`;
    return {
      cause: "label-dropped-at-scrape",
      told: said(
        `The series have no label ${label}, though their target has ${value}: the metricRelabelings of the ${job} take ` +
          `it away, and without it there is no ${walk.path}.`,
        `대상에는 ${value}이(가) 있는데 시계열에는 레이블 ${label}이(가) 없습니다: ${job}의 metricRelabelings가 ` +
          `없앴고, 그래서 ${walk.path}이(가) 없습니다.`,
      ),
      evidence: [await seriesEvidence(walk, series.__name__, series)],
      remedy: {
        told: said(
          `let ${label} pass in metricRelabelings`,
          `metricRelabelings가 ${label}을(를) 남기게 하세요`,
        ),
      },
      upstream: DOCS.scraping,
    };
  }
}

/** Whether a series was scraped from a target: it says from which, and contradicts none of the target's labels. */
function isFrom(series: Labels, { labels }: ScrapeTarget): boolean {
  if (isRecorded(series.__name__) || (series.job ?? series.instance) === undefined) return false;
  return Object.entries(labels).every(([name, value]) => (series[name] ?? value) === value);
}

/**
 * What scrapes a target, where that may take labels away: a monitor whose endpoint has metricRelabelings, or a job whose
 * configuration is no monitor's. Source of a pool's name: prometheus-operator pkg/prometheus/promcfg.go (job_name).
 */
async function relabellingJob(
  { cluster }: MetricWalk,
  { scrapePool }: ScrapeTarget,
): Promise<string | undefined> {
  const [kind, namespace, name, endpoint] = scrapePool.split("/");
  if (kind !== "serviceMonitor" && kind !== "podMonitor") return `job ${scrapePool}`;
  const monitor = (await monitorsOf(cluster)).find((one) =>
    one.kind.toLowerCase() === kind.toLowerCase() &&
    one.object.metadata.namespace === namespace && one.object.metadata.name === name
  );
  const { metricRelabelings = [] } = monitor ? endpointsOf(monitor)[Number(endpoint)] ?? {} : {};
  return monitor && metricRelabelings.length > 0 ? nameOf(monitor) : undefined;
}

async function attachedElsewhere(
  walk: MetricWalk,
  { rule, label, exposes }: Astray,
): Promise<Fault> {
  const { group } = walk.wanted.resource!;
  const of = groupResource(walk.wanted.resource!);
  const meant = group === "" ? `{resource: ${label}}` : `{group: ${group}, resource: ${label}}`;
  const series = rule.series.find(({ __name__ }) => __name__)!;
  const labels = labelsText(series);
  const read = rule.rule.resources.overrides?.[label]?.resource;
  return {
    cause: "rule-attaches-elsewhere",
    told: said(
      `${exposes.en}: no label of the series is read as ${of} (${labels}).`,
      `${exposes.ko}. 시계열의 레이블 중 ` +
        `${of}(으)로 읽히는 것이 없습니다 (${labels}).`,
    ),
    evidence: [await seriesEvidence(walk, series.__name__, series)],
    remedy: label in series
      ? {
        diff: ruleDiff(rule.rule, ["resources", "overrides"], {
          ...(read ? { without: `${label}: {resource: ${read}}` } : {}),
          with: `${label}: ${meant}`,
        }),
        ...(read
          ? {
            told: said(
              `the rule reads the label ${label} as the ${read}`,
              `규칙이 레이블 ${label}을(를) ${read}(으)로 읽고 있습니다`,
            ),
          }
          : {}),
      }
      : {
        diff: ruleDiff(rule.rule, ["resources", "overrides"], {
          with: `LABEL: ${meant}`,
        }),
        told: said(
          "LABEL is the label that names the object",
          "LABEL은 오브젝트의 이름이 있는 레이블입니다",
        ),
      },
    upstream: DOCS.adapterWalkthrough,
  };
}
