import {
  type FiledHpa,
  InputError,
  type KedaScaling,
  readHpaFile,
  readRulesFile,
  type RulesFile,
  said,
  tellKeda,
  tellOrigin,
  tellTrial,
  toKeda,
  type TrialGround,
  tryRules,
  whyMetric,
} from "../doctor/mod.ts";
import { toYaml } from "../go/mod.ts";
import { standardMapper } from "../kube/mod.ts";
import {
  atDesk,
  clusterOf,
  type Desk,
  fileText,
  type Ground,
  groundOf,
  optionsOf,
  SOURCE_OPTIONS,
  UsageProblem,
} from "./_desk.ts";
import { jsonText, reportText } from "./_report_text.ts";
import type { TakenWords } from "./_words.ts";

const USAGE = said(
  `Usage:
  rules try [FILE] [--hpa FILE] [--metric NAME]
  rules why METRIC [FILE]
  rules keda [FILE] [--hpa FILE] [-o yaml]

What prometheus-adapter makes of its rules. FILE holds values of the chart, a
ConfigMap, the adapter's own configuration, or one rule; without it, the rules
of the adapter that runs in the lab. Nothing is changed.

  try    finds, drops, names and attaches; the PromQL; what an HPA would get
  why    which rule exposes a metric, which almost do and why not
  keda   the same scaling as a ScaledObject, and the way over

Asked is the lab's Prometheus (--on lab), or:
  --prometheus URL   another
  --series FILE      a recording (docs/rules.md)
  --context NAME, --kubeconfig FILE   another cluster's:
                     deno task elsewhere rules …
  -o json            for programs

  rules try helm_values/prometheus-adapter.yaml
`,
  `사용법:
  rules try [파일] [--hpa 파일] [--metric 이름]
  rules why 메트릭 [파일]
  rules keda [파일] [--hpa 파일] [-o yaml]

prometheus-adapter가 규칙으로 무엇을 하는지 봅니다. 파일은 차트 값, ConfigMap,
adapter의 설정, 규칙 하나 가운데 무엇이든 됩니다. 없으면 실습 환경에서 도는
adapter의 규칙을 봅니다. 아무것도 바꾸지 않습니다.

  try    찾고 버리고 이름 짓고 붙이는 것, PromQL, HPA가 얻을 값
  why    메트릭을 내보내는 규칙, 그럴 뻔한 규칙과 그 까닭
  keda   같은 조절을 하는 ScaledObject와 옮기는 순서

실습 환경의 Prometheus(--on lab)에 묻습니다. 다른 곳에 물으려면:
  --prometheus URL   다른 Prometheus
  --series 파일      기록 (docs/rules.md)
  --context 이름, --kubeconfig 파일   다른 클러스터:
                     deno task elsewhere rules …
  -o json            프로그램용

  rules try helm_values/prometheus-adapter.yaml
`,
);

const OPTIONS = { ...SOURCE_OPTIONS, "--hpa": "hpa", "--metric": "metric" };
const OUTPUTS: Record<string, string[]> = {
  try: ["json"],
  why: ["json"],
  keda: ["json", "yaml"],
};

/** Runs `rules` wherever it was typed. */
export async function runRules(args: readonly string[], desk: Desk): Promise<number> {
  return await atDesk("rules", desk, USAGE, args, async () => {
    const taken = optionsOf(args, OPTIONS);
    const [verb, ...words] = taken.words;
    const outputs = Object.hasOwn(OUTPUTS, verb ?? "") ? OUTPUTS[verb] : undefined;
    if (!outputs) {
      if (verb === undefined) {
        throw new UsageProblem(
          said("which of try, why and keda?", "try, why, keda 가운데 무엇인가요?"),
        );
      }
      throw new UsageProblem(said(
        `there is try, why and keda, not "${verb}"`,
        `"${verb}"은(는) 없습니다. try, why, keda가 있습니다`,
      ));
    }
    const output = taken.options.get("output");
    if (output !== undefined && !outputs.includes(output)) {
      const list = outputs.join(", ");
      throw new UsageProblem(
        said(`-o ${output} is none of: ${list}`, `-o ${output}: ${list} 가운데 하나를 쓰세요`),
      );
    }
    const [metric, path, ...more] = verb === "why" ? words : [undefined, ...words];
    if (verb === "why" && metric === undefined) {
      throw new UsageProblem(
        said("which metric? rules why METRIC", "어느 메트릭인가요? rules why 메트릭"),
      );
    }
    if (more.length > 0) {
      throw new UsageProblem(
        said(`one file at a time, not also "${more[0]}"`, `파일은 하나만 됩니다: "${more[0]}"`),
      );
    }
    const place = await groundOf(desk, taken, "rules");
    const file = path === undefined
      ? await (place.cluster ?? await clusterOf(desk, "rules")).rules()
      : readRulesFile(await fileText(desk, path), path);
    const ground = await trialGround(desk, taken, place);
    if (verb === "try") return await tryFile(desk, file, ground, output);
    if (verb === "why") return await why(desk, metric!, file, ground, output);
    const serverAddress = await place.cluster?.serverAddress() ?? taken.options.get("prometheus");
    return await keda(desk, file, ground, output, serverAddress);
  });
}

async function trialGround(
  desk: Desk,
  { options }: TakenWords,
  { source, cluster }: Ground,
): Promise<TrialGround> {
  const path = options.get("hpa");
  const hpas: FiledHpa[] = path !== undefined
    ? readHpaFile(await fileText(desk, path), path)
    : await cluster?.hpas() ?? [];
  if (path !== undefined && hpas.length === 0) {
    throw new InputError(said(
      `${path} holds no HorizontalPodAutoscaler`,
      `${path}에 HorizontalPodAutoscaler가 없습니다`,
    ));
  }
  const metric = options.get("metric");
  return {
    source,
    hpas,
    mapper: await cluster?.mapper() ?? standardMapper(),
    ...(metric ? { metric } : {}),
  };
}

async function tryFile(
  desk: Desk,
  file: RulesFile,
  ground: TrialGround,
  output: string | undefined,
): Promise<number> {
  const trial = await tryRules(file, ground);
  desk.out(output === "json" ? jsonText(trial) : reportText(tellTrial(trial), desk));
  const isBroken = trial.rules.some(({ problem }) => problem) ||
    trial.remarks.some(({ code }) => code === "no-list" || code === "unknown-key");
  return isBroken ? 1 : 0;
}

async function why(
  desk: Desk,
  metric: string,
  file: RulesFile,
  ground: TrialGround,
  output: string | undefined,
): Promise<number> {
  const origin = await whyMetric(metric, file, ground);
  desk.out(output === "json" ? jsonText(origin) : reportText(tellOrigin(origin), desk));
  return origin.exposedBy.length > 0 ? 0 : 1;
}

async function keda(
  desk: Desk,
  file: RulesFile,
  ground: TrialGround,
  output: string | undefined,
  serverAddress: string | undefined,
): Promise<number> {
  const scalings = await toKeda(file, ground, { serverAddress });
  if (output === "json") desk.out(jsonText(scalings));
  else if (scalings.length > 0) {
    desk.out(scalings.map((one) => kedaText(one, desk, output)).join("---\n"));
  }
  if (scalings.length === 0) {
    desk.err(
      desk.language === "ko"
        ? "rules: 이 규칙의 메트릭을 묻는 HPA가 없습니다. --hpa로 HPA 파일을 주세요\n"
        : "rules: no HPA asks for a custom metric. Name a file with one: --hpa FILE\n",
    );
    return 1;
  }
  return scalings.every(({ missing }) => missing.length === 0) ? 0 : 1;
}

/** What can be applied as it is: all that is said of it stands in comments. */
function kedaText(scaling: KedaScaling, desk: Desk, output: string | undefined): string {
  const { scaledObject } = scaling;
  const yaml = scaledObject ? toYaml(scaledObject, { keepOrder: true, longLines: true }) : "";
  const text = output === "yaml"
    ? ""
    : reportText(tellKeda(scaling), { ...desk, plain: true }, "# ");
  return `${yaml}${yaml.endsWith("\n") || yaml === "" ? "" : "\n"}${text}`;
}
