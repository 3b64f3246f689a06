import type { KubeObject } from "../../kube/mod.ts";
import type { Cluster } from "../cluster.ts";
import type { Fault } from "../hop.ts";
import { said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import { passedOver, prometheusObjects } from "./monitors.ts";
import { notSelected } from "./not_selected.ts";
import type { Source } from "./source.ts";

const RESOURCE = "prometheusrules.monitoring.coreos.com";

interface RuleGroups {
  groups?: { rules?: RecordingRule[] }[];
}

/** A rule of a PrometheusRule; one that alerts records nothing. */
interface RecordingRule {
  record?: string;
  expr?: string | number;
}

/** The PrometheusRules that record a series of one of these names. Errors: NotSeen. */
export async function recordersOf(
  { reads }: Cluster,
  names: readonly string[],
): Promise<KubeObject[]> {
  const all = await reads.list("monitoring.coreos.com/v1/prometheusrules");
  return all.filter((object) => names.some((name) => recordingRule(object, name)));
}

/** The rule of a PrometheusRule that records a series of this name. */
export function recordingRule({ spec }: KubeObject, name: string): RecordingRule | undefined {
  const { groups = [] }: RuleGroups = spec ?? {};
  return groups.flatMap(({ rules = [] }) => rules).find(({ record }) => record === name);
}

/**
 * Whether a name is one that rules record, and no exporter serves.
 * Source: prometheus/docs content/docs/practices/rules.md (level:metric:operations).
 */
export function isRecorded(name: string): boolean {
  return name.includes(":");
}

/** The series is one that a rule records, and no Prometheus has that rule. */
export async function notRecorded(source: Source): Promise<Fault | undefined> {
  if (await source.flows() || (await source.others()).length > 0) return undefined;
  const { cluster } = source;
  const names = await source.seriesNames();
  const recorders = await recordersOf(cluster, names);
  for (const object of recorders) {
    const one = { kind: "PrometheusRule" as const, object };
    const why = await passedOver(cluster, one);
    if (!why) return undefined;
    return notSelected(cluster, one, why);
  }
  const name = names.find(isRecorded);
  if (name === undefined || (await prometheusObjects(cluster)).length === 0) return undefined;
  return {
    cause: "no-recording-rule",
    told: said(
      `${name} is a series that a rule records, by its name, and no PrometheusRule does.`,
      `${name}은(는) 이름으로 보아 규칙이 기록하는 시계열인데, 기록하는 PrometheusRule이 없습니다.`,
    ),
    evidence: [{
      command: `kubectl get ${RESOURCE} -A -o yaml | grep -c 'record: ${name}'`,
      printed: "0",
    }],
    remedy: {
      told: said(
        "apply the PrometheusRule that records it, or correct the name",
        "그것을 기록하는 PrometheusRule을 적용하거나 이름을 고치세요",
      ),
    },
    upstream: DOCS.recording,
  };
}
