import { elsewhereCommand, nearestWords, withParticles } from "../base/mod.ts";
import {
  asIs,
  ClusterGround,
  InputError,
  type Localized,
  type MetricSource,
  MetricSourceError,
  NotSeen,
  PrometheusSource,
  readRecording,
  said,
  timeThere,
} from "../doctor/mod.ts";
import { ApiError, ConnectionError, KubeClient, NameError } from "../kube/mod.ts";
import { readResponse } from "../prometheus/mod.ts";
import { DIAGNOSIS, type Lab } from "../labs/lab.ts";
import { wrapWithin } from "../term/mod.ts";
import { type CommandIo, FileError } from "./command.ts";
import { widthOf } from "./_report_text.ts";
import { type TakenWords, takeOptions } from "./_words.ts";

/** Where one of the doctor's commands works: a shell's line, or a task of the command line. */
export interface Desk extends
  Pick<
    CommandIo,
    "stdin" | "out" | "err" | "signal" | "language" | "columns" | "plain" | "holdsSums"
  > {
  /** Whether colours may be used where something is drawn. */
  readonly color?: boolean;
  /** Errors: FileError, InputError. */
  read(path: string): Promise<string>;
  /** Asks an address outside the lab. Errors: TypeError as `fetch`; InputError where it may not. */
  fetch(url: string): Promise<Response>;
  /** The cluster that a kubeconfig names; absent where no other than the lab is reached. Errors: InputError. */
  elsewhere?(named: { context?: string; kubeconfig?: string }): Promise<Elsewhere>;
  /** The lab, opened when it is wanted. Errors: InputError where there is none. */
  lab(): Promise<Lab>;
}

/** Who asks, as the task of the command line is called. */
export type Task = "why" | "decide" | "rules" | "what-if";

/** A cluster to ask, the namespace that is meant where none is named, and the time there in Unix milliseconds. */
export interface Elsewhere {
  /** What a person calls it: the context, or the lab. */
  name: string;
  client: KubeClient;
  namespace: string;
  nowMs: number;
}

/** The desk of a line in the lab's shell: it has no way to the network but the lab's own ports. */
export function deskOf(io: CommandIo): Desk {
  const { lab, files, stdin, out, err, signal, language, columns, plain, holdsSums } = io;
  return {
    stdin,
    out: (text) => out(text),
    err: (text) => err(text),
    signal,
    language,
    columns,
    plain,
    holdsSums,
    read: (path) => files.read(path),
    lab: () => Promise.resolve(lab),
    fetch(url) {
      const { hostname } = new URL(url);
      if (!["127.0.0.1", "localhost"].includes(hostname)) {
        throw new InputError(said(
          `The lab's shell has no way to ${hostname}. Ask from a terminal: ${
            elsewhereCommand("rules")
          } …, or what-if …`,
          `실습 셸에서는 ${hostname}에 닿을 수 없습니다. 터미널에서 실행하세요: ${
            elsewhereCommand("rules")
          } …, 또는 what-if …`,
        ));
      }
      return lab.http(new Request(url));
    },
  };
}

/** Options of `rules` and `what-if` alike: where samples come from, and how the answer is written. */
export const SOURCE_OPTIONS = {
  "--prometheus": "prometheus",
  "--series": "series",
  "--on": "on",
  "--context": "context",
  "--kubeconfig": "kubeconfig",
  "-o": "output",
  "--output": "output",
} as const;

/** What is given is wrong, and the usage tells how it is meant. */
export class UsageProblem extends Error {
  constructor(readonly said: Localized) {
    super(said.en);
  }
}

/** An option that is none, and the one that it may stand for. */
export function noOption(word: string, known: readonly string[]): UsageProblem {
  const [near] = nearestWords(word.split("=")[0], known.filter((one) => one.length > 2), 1);
  return new UsageProblem(said(
    `there is no option "${word}"${near ? `; perhaps ${near}` : ""}`,
    `"${word}"(이)라는 옵션은 없습니다${near ? `. 혹시 ${near}` : ""}`,
  ));
}

/** Errors: UsageProblem. */
export function optionsOf(
  args: readonly string[],
  valued: Readonly<Record<string, string>>,
): TakenWords {
  const taken = takeOptions(args, valued);
  if ("unknown" in taken) throw noOption(taken.unknown, Object.keys(valued));
  if ("bare" in taken) {
    throw new UsageProblem(said(`${taken.bare} needs a value`, `${taken.bare}에 값이 필요합니다`));
  }
  return taken;
}

/** Where samples come from, and the cluster beside them: the lab, or the one that a context names. */
export interface Ground {
  source: MetricSource;
  cluster?: ClusterGround;
}

/** The source that the options name; the lab's Prometheus when they name none. Errors: InputError, UsageProblem. */
export async function groundOf(desk: Desk, { options }: TakenWords, task: Task): Promise<Ground> {
  const given = ["prometheus", "series", "on"].filter((name) => options.has(name));
  if (given.length > 1) {
    const both = given.map((name) => `--${name}`).join(", ");
    throw new UsageProblem(said(`take one of ${both}`, `${both} 가운데 하나만 쓰세요`));
  }
  const named = elsewhereOf(options);
  if (named && options.has("on")) {
    throw new UsageProblem(said(
      "--on lab is the lab, and --context another cluster: take one",
      "--on lab은 실습 환경이고 --context는 다른 클러스터입니다. 하나만 쓰세요",
    ));
  }
  const other = named ? { cluster: await clusterOf(desk, task, named) } : undefined;
  const series = options.get("series");
  if (series !== undefined) {
    return { source: readRecording(await fileText(desk, series), series), ...other };
  }
  const address = options.get("prometheus");
  if (address !== undefined) return { source: remote(desk, address), ...other };
  if (other) return { source: await other.cluster.source(), ...other };
  const on = options.get("on") ?? "lab";
  if (on !== "lab") {
    throw new UsageProblem(
      said(`--on knows the lab alone, not "${on}"`, `--on에는 lab만 됩니다: "${on}"`),
    );
  }
  const cluster = await clusterOf(desk, task);
  return { source: await cluster.source(), cluster };
}

/** The lab, when it can be asked, and who asks it. Errors: InputError where it has no cluster. */
export async function labOf(desk: Desk, task: Task): Promise<{ lab: Lab; client: KubeClient }> {
  const lab = await desk.lab();
  await lab.ready();
  if ((await lab.clusters()).length === 0) {
    throw new InputError(said(
      `There is no cluster in the lab yet. Make one at the tutor's prompt: make install. Another cluster: ${
        elsewhereCommand(task)
      } --context NAME`,
      `실습 환경에 아직 클러스터가 없습니다. 만들려면 tutor의 프롬프트에서: make install. 다른 클러스터: ${
        elsewhereCommand(task)
      } --context 이름`,
    ));
  }
  const client = new KubeClient(lab.api, { signal: desk.signal, userAgent: DIAGNOSIS });
  return { lab, client };
}

/** What `--context` and `--kubeconfig` name; undefined where neither is given. */
function elsewhereOf(options: TakenWords["options"]): NamedCluster | undefined {
  const [context, kubeconfig] = [options.get("context"), options.get("kubeconfig")];
  if (context === undefined && kubeconfig === undefined) return undefined;
  return {
    ...context !== undefined ? { context } : {},
    ...kubeconfig !== undefined ? { kubeconfig } : {},
  };
}

/** A context of a kubeconfig, or the current one of a file. */
type NamedCluster = Parameters<NonNullable<Desk["elsewhere"]>>[0];

/** Another cluster than the lab; from where none is reached, with the task that reaches it. Errors: InputError. */
export async function elsewhereAt(
  desk: Desk,
  named: NamedCluster,
  task: Task,
): Promise<Elsewhere> {
  if (desk.elsewhere) return await desk.elsewhere(named);
  throw new InputError(said(
    `The lab's shell reaches the lab alone. Ask from a terminal: ${
      elsewhereCommand(task)
    } --context NAME`,
    `실습 셸에서는 실습 클러스터만 볼 수 있습니다. 터미널에서: ${
      elsewhereCommand(task)
    } --context 이름`,
  ));
}

/** The ground that a cluster is: the lab's, or that of a context. Errors: InputError. */
export async function clusterOf(
  desk: Desk,
  task: Task,
  named?: NamedCluster,
): Promise<ClusterGround> {
  if (named) {
    const { client, name, nowMs } = await elsewhereAt(desk, named, task);
    const aheadMs = await timeThere(client, nowMs) - nowMs;
    return new ClusterGround(client, name, () => Date.now() + aheadMs);
  }
  const { lab, client } = await labOf(desk, task);
  const name = desk.language === "ko" ? "실습 환경" : "the lab";
  return new ClusterGround(client, name, () => lab.clock.now());
}

function remote(desk: Desk, address: string): PrometheusSource {
  const spelled = /^https?:\/\//.test(address) ? address : `http://${address}`;
  if (!URL.canParse(spelled)) {
    throw new UsageProblem(said(
      `--prometheus wants an address such as http://127.0.0.1:9090, not "${address}"`,
      `--prometheus에는 http://127.0.0.1:9090 같은 주소를 쓰세요: "${address}"`,
    ));
  }
  const base = spelled.replace(/\/+$/, "");
  return new PrometheusSource(
    base,
    async (path) => await readResponse(await desk.fetch(base + path)),
    () => Date.now(),
  );
}

/** A file's text; `-` is standard input. Errors: InputError. */
export async function fileText(desk: Desk, path: string): Promise<string> {
  if (path === "-") return desk.stdin;
  try {
    return await desk.read(path);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new InputError(said(
      `${path}: ${error.message}`,
      `파일을 읽을 수 없습니다: ${path}: ${error.message}`,
    ));
  }
}

/** The exit status where there is no answer; 1 is an answer that is bad news. */
const NO_ANSWER = 2;

/**
 * Runs a command of the doctor's. A command line that is none, and what could not be looked at, give {@linkcode NO_ANSWER}
 * and are told. Without arguments it tells its usage, unless it `mayBeBare`.
 */
export async function atDesk(
  name: string,
  desk: Desk,
  usage: Localized,
  args: readonly string[],
  work: () => Promise<number>,
  { mayBeBare = false }: { mayBeBare?: boolean } = {},
): Promise<number> {
  const language = desk.language === "ko" ? "ko" : "en";
  if (args.includes("--help") || args.includes("-h") || args.length === 0 && !mayBeBare) {
    const isAsked = args.length > 0;
    (isAsked ? desk.out : desk.err)(usage[language]);
    return isAsked ? 0 : NO_ANSWER;
  }
  const tell = (text: Localized) => {
    desk.err(
      `${wrapWithin(`${name}: ${withParticles(text[language])}`, widthOf(desk)).join("\n")}\n`,
    );
    return NO_ANSWER;
  };
  try {
    return await work();
  } catch (error) {
    if (error instanceof UsageProblem) {
      const code = tell(error.said);
      desk.err(`\n${usage[language]}`);
      return code;
    }
    if (
      error instanceof InputError || error instanceof MetricSourceError || error instanceof NotSeen
    ) {
      return tell(error.said);
    }
    if (error instanceof NameError) {
      return tell(said(
        `That can be no name: ${error.message}`,
        `그런 이름은 있을 수 없습니다: ${error.message}`,
      ));
    }
    if (error instanceof ConnectionError) return tell(said(error.message, error.ko));
    if (error instanceof ApiError) return tell(asIs(error.message));
    if (error instanceof DOMException && error.name === "AbortError") return 130;
    throw error;
  }
}
