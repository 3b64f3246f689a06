import { pause } from "../base/mod.ts";
import {
  askDecide,
  askWhy,
  decidedJson,
  type Decision,
  type Diagnosis,
  diagnosisJson,
  InputError,
  NotSeen,
  type Question,
  said,
  type Subject,
  tellBriefly,
  tellDecided,
  tellDiagnosis,
  tellNothing,
  type Verdict,
} from "../doctor/mod.ts";
import { isApiError } from "../kube/mod.ts";
import {
  atDesk,
  type Desk,
  type Elsewhere,
  elsewhereAt,
  labOf,
  noOption,
  type Task,
  UsageProblem,
} from "./_desk.ts";
import { changedText, jsonText, reportText } from "./_report_text.ts";

const WHY = said(
  `Usage:
  why                       every autoscaler of the namespace
  why hpa/NAME              one HorizontalPodAutoscaler
  why so/NAME, why sj/NAME  one ScaledObject or ScaledJob of KEDA
  why metric [pods/]NAME    a metric, whoever asks for it

Looks at every hop between the replicas that are asked for and the container
that counts, and says which is the first that is broken: the cause, what shows
it, what mends it. It reads, and changes nothing.

  -n, --namespace NAME   -A, --all-namespaces   -w, --watch
  -o json                for programs
  --reads                also tells what was read
  --context NAME, --kubeconfig FILE   another cluster: deno task why …
`,
  `사용법:
  why                       네임스페이스의 모든 오토스케일러
  why hpa/이름              HorizontalPodAutoscaler 하나
  why so/이름, why sj/이름  KEDA의 ScaledObject나 ScaledJob 하나
  why metric [pods/]이름    메트릭 하나

레플리카 수를 정하는 곳부터 숫자를 세는 컨테이너까지 모든 지점을 보고, 처음
끊긴 곳과 원인, 증거, 고치는 방법을 알려 줍니다. 읽기만 하고 바꾸지 않습니다.

  -n, --namespace 이름   -A, --all-namespaces   -w, --watch
  -o json                프로그램용
  --reads                무엇을 읽었는지도 보기
  --context 이름, --kubeconfig 파일   다른 클러스터: deno task why …
`,
);

const DECIDE = said(
  `Usage:
  decide [hpa/]NAME         the arithmetic of an HPA now, and what it last said
  decide                    of every HPA of the namespace

  -n, --namespace NAME   -A, --all-namespaces   -w, --watch   -o json   --reads
  --context NAME, --kubeconfig FILE   another cluster: deno task decide …
`,
  `사용법:
  decide [hpa/]이름         HPA의 지금 계산과 마지막 결정
  decide                    네임스페이스의 모든 HPA

  -n, --namespace 이름   -A, --all-namespaces   -w, --watch   -o json   --reads
  --context 이름, --kubeconfig 파일   다른 클러스터: deno task decide …
`,
);

/** What a command line of `why` or `decide` asks for. */
interface Asked {
  words: string[];
  namespace?: string;
  everywhere: boolean;
  watch: boolean;
  json: boolean;
  reads: boolean;
  context?: string;
  kubeconfig?: string;
}

/** How long `--watch` waits between two looks. */
const WATCH_MS = 2000;

/** Runs `why` wherever it was typed: 0 where all is whole, 1 where something is not, 2 where that could not be seen. */
export async function runWhy(args: readonly string[], desk: Desk): Promise<number> {
  return await atDesk("why", desk, WHY, args, async () => {
    const asked = askedOf(args);
    const subject = subjectIn(asked.words, "why");
    return await watched("why", asked, desk, async (place) => {
      const question = questionOf(asked, place, subject);
      const { found: whole, reads } = await askWhy(place.client, question);
      if (whole.length === 0) throw new InputError(await tellNothing(place.client, question));
      const found = desk.holdsSums ? whole.map(({ decided: _, ...rest }) => rest) : whole;
      if (asked.json) {
        return {
          text: jsonText({ diagnoses: found.map(diagnosisJson), reads }),
          exitCode: codeOf(found),
        };
      }
      const held = whole.some(({ verdict, decided }) => verdict !== "broken" && decided);
      const text = reportOf(found, reads, asked, desk) +
        (desk.holdsSums && held ? `\n${heldText(desk)}` : "");
      return { text, exitCode: codeOf(found) };
    });
  }, { mayBeBare: true });
}

/** Runs `decide` wherever it was typed: 0 where the sums agree with the controllers', 1 where one does not, 2 as `why`. */
export async function runDecide(args: readonly string[], desk: Desk): Promise<number> {
  return await atDesk("decide", desk, DECIDE, args, async () => {
    const asked = askedOf(args);
    const subject = hpaIn(asked.words);
    if (desk.holdsSums) {
      desk.out(heldText(desk));
      return 0;
    }
    return await watched("decide", asked, desk, async (place) => {
      const question = questionOf(asked, place, subject);
      const { found, reads } = await askDecide(place.client, question);
      if (found.length === 0) throw new InputError(await tellNothing(place.client, question));
      const agrees = found.every(({ decided }) =>
        "decision" in decided && (decided.said ?? decided.decision.desiredReplicas) ===
          decided.decision.desiredReplicas
      );
      const exitCode = agrees ? 0 : 1;
      if (asked.json) {
        return { text: jsonText({ decisions: found.map(decisionJson), reads }), exitCode };
      }
      return { text: found.map((one) => decisionText(one, desk)).join("\n"), exitCode };
    });
  }, { mayBeBare: true });
}

/** Looks once, or again and again until it is ended, and shows what has changed. Errors: as what looks. */
async function watched(
  task: Task,
  asked: Asked,
  desk: Desk,
  look: (place: Elsewhere) => Promise<{ text: string; exitCode: number }>,
): Promise<number> {
  let shown: string | undefined;
  for (;;) {
    const { text, exitCode } = await unseen(async () =>
      await look(await placeOf(asked, desk, task))
    );
    if (text !== shown) {
      desk.out(shown === undefined ? text : `\n${asked.json ? text : changedText(shown, text)}`);
    }
    shown = text;
    if (!asked.watch) return exitCode;
    await pause(WATCH_MS, desk.signal);
    if (desk.signal.aborted) return 130;
  }
}

async function unseen<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NotSeen) {
      throw new InputError(said(
        `${error.said.en}. Ask as somebody who may get and list it, or of another namespace: -n NAMESPACE`,
        `${error.said.ko}. get과 list 권한이 있는 사용자로, 또는 다른 네임스페이스를 물어보세요: -n 네임스페이스`,
      ));
    }
    if (isApiError(error, 401)) {
      throw new InputError(said(
        "The cluster does not take these credentials; they may have expired. Log in anew, and see: kubectl auth whoami",
        "클러스터가 이 인증 정보를 받지 않습니다. 만료되었을 수 있습니다. 다시 로그인하고 확인하세요: kubectl auth whoami",
      ));
    }
    throw error;
  }
}

async function placeOf(
  { context, kubeconfig }: Asked,
  desk: Desk,
  task: Task,
): Promise<Elsewhere> {
  if (context !== undefined || kubeconfig !== undefined) {
    return await elsewhereAt(desk, { context, kubeconfig }, task);
  }
  const { lab, client } = await labOf(desk, task);
  return { name: "lab", client, namespace: lab.namespace, nowMs: lab.clock.now() };
}

const VALUED: Record<string, "namespace" | "output" | "context" | "kubeconfig"> = {
  "-n": "namespace",
  "--namespace": "namespace",
  "-o": "output",
  "--output": "output",
  "--context": "context",
  "--kubeconfig": "kubeconfig",
};
const BARE: Record<string, "everywhere" | "watch" | "reads"> = {
  "-A": "everywhere",
  "--all-namespaces": "everywhere",
  "-w": "watch",
  "--watch": "watch",
  "--reads": "reads",
};

/** Errors: UsageProblem. */
function askedOf(args: readonly string[]): Asked {
  const asked: Asked & { output?: string } = {
    words: [],
    everywhere: false,
    watch: false,
    json: false,
    reads: false,
  };
  for (let at = 0; at < args.length; at++) {
    const [, option = "", given] = /^(--?[^=]+)(?:=(.*))?$/s.exec(args[at]) ?? [];
    if (option === "") {
      asked.words.push(args[at]);
    } else if (Object.hasOwn(BARE, option)) {
      asked[BARE[option]] = true;
    } else if (Object.hasOwn(VALUED, option)) {
      const value = given ?? args[++at];
      if (value === undefined) {
        throw new UsageProblem(said(`${option} needs a value`, `${option}에 값이 필요합니다`));
      }
      asked[VALUED[option]] = value;
    } else {
      throw noOption(args[at], [...Object.keys(VALUED), ...Object.keys(BARE)]);
    }
  }
  if (asked.output !== undefined && asked.output !== "json") {
    throw new UsageProblem(
      said(`-o knows json alone, not "${asked.output}"`, `-o에는 json만 됩니다: "${asked.output}"`),
    );
  }
  return { ...asked, json: asked.output === "json" };
}

const KINDS: Record<string, "hpa" | "so" | "sj"> = {
  hpa: "hpa",
  horizontalpodautoscaler: "hpa",
  horizontalpodautoscalers: "hpa",
  so: "so",
  scaledobject: "so",
  scaledobjects: "so",
  sj: "sj",
  scaledjob: "sj",
  scaledjobs: "sj",
};

/** `hpa`, `HPA`, `hpa.v2.autoscaling`: what kind a word stands for. */
function kindOf(word: string): "hpa" | "so" | "sj" | undefined {
  const bare = word.split(".")[0].toLowerCase();
  return Object.hasOwn(KINDS, bare) ? KINDS[bare] : undefined;
}

/** `hpa/web`, `hpa web`, `metric hits`; of `decide` but an HPA is asked for. Errors: UsageProblem. */
function subjectIn(words: readonly string[], task: "why" | "decide"): Subject | undefined {
  if (words.length === 0) return undefined;
  const [first, second, ...more] = words;
  if (first === "metric") {
    if (second === undefined) {
      throw new UsageProblem(
        said("which metric? why metric NAME", "어느 메트릭인가요? why metric 이름"),
      );
    }
    if (more.length > 0) throw oneOnly(more[0]);
    return { kind: "metric", name: second };
  }
  const slash = first.indexOf("/");
  const [word, name, rest] = slash < 0
    ? [first, second, more]
    : [first.slice(0, slash), first.slice(slash + 1), words.slice(1)];
  const kind = kindOf(word);
  if ((!kind || !name) && task === "decide") {
    throw new UsageProblem(said(
      `"${first}" is no [hpa/]NAME: decide shows the arithmetic of an HPA`,
      `"${first}": [hpa/]이름으로 쓰세요. HPA의 계산만 보여 줍니다`,
    ));
  }
  if (!kind || !name) {
    const meant = slash < 0 && !kind ? `: why hpa/${first}` : "";
    throw new UsageProblem(said(
      `"${first}" is none of hpa/NAME, so/NAME, sj/NAME and metric NAME${meant}`,
      `"${first}": hpa/이름, so/이름, sj/이름, metric 이름 가운데 하나를 쓰세요${meant}`,
    ));
  }
  if (rest.length > 0) throw oneOnly(rest[0]);
  return { kind, name };
}

/** `web`, `hpa/web`, `hpa web`. Errors: UsageProblem. */
function hpaIn(words: readonly string[]): Subject | undefined {
  const [first = "", second] = words;
  if (words.length === 0) return undefined;
  const isBare = !first.includes("/") && !kindOf(first);
  if (isBare && first !== "metric") {
    if (second !== undefined) throw oneOnly(second);
    return { kind: "hpa", name: first };
  }
  const subject = subjectIn(words, "decide");
  if (subject?.kind === "hpa") return subject;
  const { name = "" } = subject ?? {};
  const isScaled = subject?.kind === "so";
  throw new UsageProblem(said(
    `decide shows the arithmetic of an HPA` +
      (isScaled ? `; that of the ScaledObject is called keda-hpa-${name}, as a rule` : "") +
      `. Or ask: why ${words.join(" ")}`,
    `HPA의 계산만 보여 줍니다` +
      (isScaled ? `. ScaledObject의 HPA는 보통 keda-hpa-${name}(이)라는 이름입니다` : "") +
      `. 또는 이렇게 물어보세요: why ${words.join(" ")}`,
  ));
}

function oneOnly(word: string): UsageProblem {
  return new UsageProblem(said(`one at a time, not also "${word}"`, `하나씩만 됩니다: "${word}"`));
}

function questionOf(asked: Asked, place: Elsewhere, subject: Subject | undefined): Question {
  return {
    ...(subject ? { subject } : {}),
    namespace: asked.namespace ?? place.namespace,
    everywhere: asked.everywhere,
    nowMs: place.nowMs,
  };
}

/** What a shell makes of each verdict; of several autoscalers one that is broken counts first, then one that is unknown. */
const CODES: Record<Verdict, number> = { whole: 0, broken: 1, waiting: 1, unknown: 2 };

function codeOf(found: readonly Diagnosis[]): number {
  const verdicts = new Set(found.map(({ verdict }) => verdict));
  return verdicts.has("broken")
    ? CODES.broken
    : Math.max(...[...verdicts].map((one) => CODES[one]));
}

/** One in full; of several the first that is not whole in full, and a line for each. */
function reportOf(
  found: readonly Diagnosis[],
  reads: readonly string[],
  asked: Asked,
  desk: Desk,
): string {
  const [worst] = found.filter(({ verdict }) => verdict === "broken");
  const text = found.length === 1
    ? reportText(tellDiagnosis(found[0]), desk)
    : reportText(found.map(tellBriefly), desk) +
      (worst ? `\n${reportText(tellDiagnosis(worst), desk)}` : "");
  return asked.reads ? `${text}\n${reads.map((path) => `GET ${path}\n`).join("")}` : text;
}

/** Where a sum is held back, so that nobody takes it for missing. */
function heldText(desk: Desk): string {
  return reportText([{
    indent: 0,
    text: said(
      "The sum is held back until you have given your number. What it is made of: kubectl get hpa",
      "계산은 숫자를 입력할 때까지 보여 주지 않습니다. 계산에 쓰이는 값 보기: kubectl get hpa",
    ),
    tone: "warning",
  }], desk);
}

function decisionText({ hpa, decided }: Decision, desk: Desk): string {
  const title = `hpa/${hpa.metadata.name} (${hpa.metadata.namespace})`;
  const lines = "decision" in decided
    ? tellDecided(decided)
    : [{ indent: 1, text: decided.undecided, tone: "bad" as const }];
  return reportText([{ indent: 0, text: said(title, title), tone: "title" }, ...lines], desk);
}

function decisionJson({ hpa, decided }: Decision) {
  return {
    hpa: hpa.metadata.name,
    namespace: hpa.metadata.namespace,
    ...("decision" in decided ? decidedJson(decided) : { undecided: decided.undecided.en }),
  };
}
