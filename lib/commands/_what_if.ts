import {
  AS_RECORDED,
  concreteQuery,
  figureRows,
  type LoadModel,
  type MetricSource,
  readRulesFile,
  readScalers,
  readyRules,
  RecordedSource,
  type ReplayedScaler,
  type RulesFile,
  said,
  Served,
  tellAssumptions,
  tellStories,
  type TrialGround,
  type WhatIf,
  whatIf,
  whatIfCsv,
  whatIfJson,
  type WhatIfOptions,
  whatIfPage,
} from "../doctor/mod.ts";
import type { Localized } from "../base/mod.ts";
import { DurationSyntaxError, parsePromDuration } from "../go/mod.ts";
import { Quantity, QuantitySyntaxError, standardMapper } from "../kube/mod.ts";
import { alignRows } from "../term/mod.ts";
import {
  atDesk,
  type Desk,
  fileText,
  type Ground,
  groundOf,
  optionsOf,
  SOURCE_OPTIONS,
  UsageProblem,
} from "./_desk.ts";
import { reportText, styleOf, widthOf } from "./_report_text.ts";
import { plotWhatIf } from "./_plot_what_if.ts";
import type { TakenWords } from "./_words.ts";

const USAGE = said(
  `Usage:
  what-if FILE [FILE…] [--from -6h] [--to TIME] [--step 15s]

What HPAs or ScaledObjects would have done with metrics that were recorded:
every sync through the controller's own arithmetic. Nothing is changed.

Asked is the lab's Prometheus (--on lab), or:
  --prometheus URL      another
  --series FILE         a recording (docs/what-if.md)
  --context NAME, --kubeconfig FILE   another cluster's:
                        deno task elsewhere what-if …

  --rules FILE          the adapter's rules, for custom metrics (else the lab's)
  --query NAME=PROMQL   what a metric is, where no rule says it
  --load NAME=total     the number is the same however many pods there are
  --load NAME=shared    twice the pods halve it
  --request cpu=100m    what a pod requests, where that was not recorded
  --replicas N          before the first sync, where that was not recorded
  --ready-after 10s     how long a new pod takes
  -o json|csv|html      for programs, for tables, for a browser

  what-if hpa.yaml other.yaml --from -6h
  what-if hpa.yaml -o html > page.html
`,
  `사용법:
  what-if 파일 [파일…] [--from -6h] [--to 시각] [--step 15s]

기록된 메트릭으로 HPA나 ScaledObject가 무엇을 했을지 봅니다. 동기화마다
컨트롤러의 계산을 그대로 거칩니다. 아무것도 바꾸지 않습니다.

실습 환경의 Prometheus(--on lab)에 묻습니다. 다른 곳에 물으려면:
  --prometheus URL      다른 Prometheus
  --series 파일         기록 (docs/what-if.md)
  --context 이름, --kubeconfig 파일   다른 클러스터:
                        deno task elsewhere what-if …

  --rules 파일          adapter 규칙 (없으면 실습 환경의 것)
  --query 이름=PROMQL   규칙이 없을 때 메트릭을 얻는 질의
  --load 이름=total     파드 수와 무관한 값
  --load 이름=shared    파드가 두 배면 절반이 되는 값
  --request cpu=100m    파드의 요청량 (기록에 없을 때)
  --replicas N          첫 동기화 전의 레플리카 (기록에 없을 때)
  --ready-after 10s     새 파드가 준비되기까지
  -o json|csv|html      프로그램용, 표용, 브라우저용

  what-if hpa.yaml other.yaml --from -6h
  what-if hpa.yaml -o html > page.html
`,
);

const OPTIONS = {
  ...SOURCE_OPTIONS,
  "--from": "from",
  "--to": "to",
  "--step": "step",
  "--rules": "rules",
  "--query": "query",
  "--load": "load",
  "--request": "request",
  "--replicas": "replicas",
  "--ready-after": "ready-after",
};

const OUTPUTS = ["json", "csv", "html"];

/** Runs `what-if` wherever it was typed. */
export async function runWhatIf(args: readonly string[], desk: Desk): Promise<number> {
  return await atDesk("what-if", desk, USAGE, args, async () => {
    const taken = optionsOf(args, OPTIONS);
    const output = taken.options.get("output");
    if (output !== undefined && !OUTPUTS.includes(output)) {
      const list = OUTPUTS.join(", ");
      throw new UsageProblem(said(
        `-o ${output} is none of: ${list}`,
        `-o ${output}: ${list} 가운데 하나를 쓰세요`,
      ));
    }
    const leftOut: Localized[] = [];
    const scalers = await scalersOf(desk, taken.words, (told) => leftOut.push(told));
    const ground = await groundOf(desk, taken, "what-if");
    const served = await servedBy(desk, taken, ground, scalers);
    const options = whatIfOptions(taken, ground.source, served);
    const result = await whatIf(scalers, ground.source, options, desk.signal);
    const all = { ...result, assumes: [...leftOut, ...result.assumes] };
    desk.out(await shown(all, output, desk));
    return 0;
  });
}

async function shown(result: WhatIf, output: string | undefined, desk: Desk): Promise<string> {
  const language = desk.language === "ko" ? "ko" : "en";
  switch (output) {
    case "json":
      return `${JSON.stringify(whatIfJson(result), null, 1)}\n`;
    case "csv":
      return whatIfCsv(result);
    case "html":
      return await whatIfPage(result, language);
    default: {
      const room = {
        columns: widthOf(desk),
        style: styleOf(desk),
        recordedLabel: AS_RECORDED[language],
      };
      const plot = desk.plain ? [] : [...plotWhatIf(result, room), ""];
      return reportText(tellAssumptions(result), desk) + "\n" +
        plot.map((line) => `${line}\n`).join("") +
        reportText(tellStories(result), desk) + "\n" +
        alignRows(figureRows(result, language)).map((row) => `${row}\n`).join("");
    }
  }
}

/** The scalers of all files; those that are called alike get their file's name. */
async function scalersOf(
  desk: Desk,
  paths: readonly string[],
  remark: (told: Localized) => void,
): Promise<ReplayedScaler[]> {
  if (paths.length === 0) {
    throw new UsageProblem(said(
      "which HPA or ScaledObject? what-if FILE",
      "어느 HPA나 ScaledObject인가요? what-if 파일",
    ));
  }
  const found: { path: string; scaler: ReplayedScaler }[] = [];
  for (const path of paths) {
    const scalers = readScalers(await fileText(desk, path), path, remark);
    found.push(...scalers.map((scaler) => ({ path, scaler })));
  }
  const labels = found.map(({ scaler }) => scaler.label);
  return found.map(({ path, scaler }) => {
    const isTwin = labels.filter((label) => label === scaler.label).length > 1;
    const file = path.split("/").at(-1)!;
    return isTwin ? { ...scaler, label: `${scaler.label} (${file})` } : scaler;
  });
}

/** The queries of the adapter's rules, where a scaler reads a metric of them. */
async function servedBy(
  desk: Desk,
  { options }: TakenWords,
  { source, cluster }: Ground,
  scalers: readonly ReplayedScaler[],
): Promise<WhatIfOptions["queryFor"]> {
  const path = options.get("rules");
  const isWanted = scalers.some(({ keda, metrics }) =>
    !keda && metrics.some(({ spec }) => spec.object ?? spec.pods ?? spec.external)
  );
  const file: RulesFile | undefined = path !== undefined
    ? readRulesFile(await fileText(desk, path), path)
    : isWanted
    ? await cluster?.rules()
    : undefined;
  if (!file) return () => undefined;
  const mapper = await cluster?.mapper() ?? standardMapper();
  const ground: TrialGround = { source, mapper, hpas: [] };
  const served = new Served((await readyRules(file, ground)).all, ground);
  return (metric, scaler) => concreteQuery(metric, scaler, served, ground);
}

const DEFAULT_SPAN_MS = 6 * 3600_000;

function whatIfOptions(
  { options, repeated }: TakenWords,
  source: MetricSource,
  queryFor: WhatIfOptions["queryFor"],
): WhatIfOptions {
  const nowMs = source.now();
  const beginMs = source instanceof RecordedSource ? source.startMs() : nowMs - DEFAULT_SPAN_MS;
  const duration = (name: string, byDefault: string) => {
    const text = options.get(name) ?? byDefault;
    const found = durationIn(text);
    const isRight = found !== undefined && (found > 0 || name === "ready-after");
    if (isRight) return found;
    throw new UsageProblem(said(
      `--${name} is a time such as ${byDefault}, not "${text}"`,
      `--${name}에는 ${byDefault} 같은 시간을 쓰세요: "${text}"`,
    ));
  };
  const replicas = options.get("replicas");
  if (replicas !== undefined && !/^\d{1,4}$/.test(replicas)) {
    throw new UsageProblem(said(
      `--replicas is a number, not "${replicas}"`,
      `--replicas에는 수를 쓰세요: "${replicas}"`,
    ));
  }
  return {
    fromMs: instantOf(options.get("from"), "from", nowMs) ?? beginMs,
    toMs: instantOf(options.get("to"), "to", nowMs) ?? nowMs,
    stepMs: duration("step", "15s"),
    readyAfterMs: duration("ready-after", "10s"),
    requests: pairsOf(repeated, "request", (text) => {
      try {
        return Quantity.parse(text).toString();
      } catch (error) {
        if (error instanceof QuantitySyntaxError) return undefined;
        throw error;
      }
    }),
    queries: pairsOf(repeated, "query", (text) => text),
    models: pairsOf(
      repeated,
      "load",
      (text) => text === "total" || text === "shared" ? text as LoadModel : undefined,
    ),
    ...(replicas === undefined ? {} : { replicas: Number(replicas) }),
    queryFor,
  };
}

/** `NAME=VALUE`, once for each time that an option was given. */
function pairsOf<T>(
  repeated: TakenWords["repeated"],
  name: string,
  read: (text: string) => T | undefined,
): Map<string, T> {
  return new Map((repeated.get(name) ?? []).map((given): [string, T] => {
    const at = given.indexOf("=");
    const value = at > 0 ? read(given.slice(at + 1)) : undefined;
    if (value !== undefined) return [given.slice(0, at), value];
    throw new UsageProblem(said(
      `--${name} wants NAME=VALUE as the examples below have it, not "${given}"`,
      `--${name}에는 아래 보기처럼 이름=값을 쓰세요: "${given}"`,
    ));
  }));
}

/** An instant: `-6h` before the end of what is there, `2026-01-05T09:00:00Z`, or seconds since 1970. */
function instantOf(text: string | undefined, name: string, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const before = text.startsWith("-") ? durationIn(text.slice(1)) : undefined;
  if (before !== undefined) return nowMs - before;
  if (/^\d{9,11}(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000);
  const atMs = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(atMs)) return atMs;
  throw new UsageProblem(said(
    `--${name} is a time such as -6h or 2026-01-05T09:00:00Z, not "${text}"`,
    `--${name}에는 -6h나 2026-01-05T09:00:00Z 같은 시각을 쓰세요: "${text}"`,
  ));
}

function durationIn(text: string): number | undefined {
  try {
    return parsePromDuration(text);
  } catch (error) {
    if (error instanceof DurationSyntaxError) return undefined;
    throw error;
  }
}
