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
  const [, label = ""] = /^resources\.overrides\.(.*)\.resource$/.exec(field) ?? [];
  const group = rule.resources.overrides?.[label]?.group ?? "";
  const elsewhere = group === "" ? undefined : mapper.resourceFor({ group: "", resource });
  if (elsewhere) {
    return otherGroup(
      lineOf(`resources.overrides.${label}.group`),
      resource,
      group,
      elsewhere.group,
    );
  }
  if (resource === "" && label !== "") return noResource(lineOf(field), label);
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

function otherGroup(line: number, resource: string, group: string, right: string): Mistake {
  const write = right === "" ? ["take `group:` away", "`group:`를 지우세요"] : [
    `make it \`group: ${right}\``,
    `\`group: ${right}\`(으)로 하세요`,
  ];
  return mistake(
    line,
    [
      `the group \`${group}\` has no resource \`${resource}\`; ${
        right === "" ? "it is of the core group, which has no name" : `it is of \`${right}\``
      }`,
      "the adapter does not start with a resource that the cluster does not know",
      `${write[0]}: edit rules`,
    ],
    [
      `\`${group}\` 그룹에 \`${resource}\`(이)라는 리소스가 없습니다. ${
        right === "" ? "이름 없는 core 그룹의 것입니다" : `\`${right}\`의 것입니다`
      }`,
      "adapter는 클러스터가 모르는 리소스가 있으면 시작하지 않습니다",
      `${write[1]}: edit rules`,
    ],
  );
}

function noResource(line: number, label: string): Mistake {
  return mistake(
    line,
    [
      `the override of the label \`${label}\` names no resource`,
      "an override says of which resource the label's value is a name; without one the adapter does not start",
      `write \`resource: ${label}\` under \`${label}:\`, or what it is: edit rules`,
    ],
    [
      `\`${label}\` 레이블의 override에 리소스가 없습니다`,
      "override는 레이블의 값이 어느 리소스의 이름인지 말합니다. 없으면 adapter가 시작하지 않습니다",
      `\`${label}:\` 아래에 \`resource: ${label}\`처럼 쓰세요: edit rules`,
    ],
  );
}
