import { KubeClient } from "../kube/mod.ts";
import type { Command, CommandIo } from "./command.ts";
import type { Desk } from "./_desk.ts";

/** Runs one of the commands below at a desk; gives the exit code. */
type RunAtDesk = (args: readonly string[], desk: Desk) => Promise<number>;

/** What runs the doctor's commands, by name; each is loaded when it is called, for it brings a room of its own. */
export const AT_DESK: Readonly<
  Record<"rules" | "what-if" | "why" | "decide", () => Promise<RunAtDesk>>
> = {
  rules: async () => (await import("./_rules.ts")).runRules,
  "what-if": async () => (await import("./_what_if.ts")).runWhatIf,
  why: async () => (await import("./_why.ts")).runWhy,
  decide: async () => (await import("./_why.ts")).runDecide,
};

async function inShell(
  name: keyof typeof AT_DESK,
  args: readonly string[],
  io: CommandIo,
): Promise<number> {
  const [run, { deskOf }] = await Promise.all([AT_DESK[name](), import("./_desk.ts")]);
  return await run(args, deskOf(io));
}

/** `rules`: prometheus-adapter's rules, before they are deployed. */
export const rules: Command = {
  name: "rules",
  summary: "try the adapter's rules: `rules try helm_values/prometheus-adapter.yaml`",
  summaryKo: "adapter의 규칙 해 보기: `rules try helm_values/prometheus-adapter.yaml`",
  execute: (args, io) => inShell("rules", args, io),
  async complete(words, { files }) {
    if (words.length <= 1) return ["try", "why", "keda"];
    if (words.at(-1)?.startsWith("-")) {
      return ["--hpa", "--metric", "--prometheus", "--series", "--on", "-o"];
    }
    return await files.list(".");
  },
};

/** `what-if`: autoscalers on metrics of the past. */
export const whatIf: Command = {
  name: "what-if",
  summary: "what an HPA would have done: `what-if hpa.yaml --from -6h`",
  summaryKo: "기록된 메트릭으로 HPA가 했을 일: `what-if hpa.yaml --from -6h`",
  execute: (args, io) => inShell("what-if", args, io),
  async complete(words, { files }) {
    if (!words.at(-1)?.startsWith("-")) return await files.list(".");
    return ["--from", "--to", "--step", "--rules", "--query", "--load", "--series", "-o"];
  },
};

/** `why`: the first broken hop of an autoscaler's metric. */
export const why: Command = {
  name: "why",
  summary: "why an autoscaler does what it does: `why`, `why hpa/NAME`, `why metric NAME`",
  summaryKo: "오토스케일러가 왜 그러는지: `why`, `why hpa/이름`, `why metric 이름`",
  execute: (args, io) => inShell("why", args, io),
  complete: subjects,
};

/** `decide`: the sum of an HPA now. */
export const decide: Command = {
  name: "decide",
  summary: "the arithmetic of an HPA now: `decide hpa/NAME`",
  summaryKo: "HPA의 지금 계산: `decide hpa/이름`",
  execute: (args, io) => inShell("decide", args, io),
  complete: subjects,
};

/** What may be asked about in the lab, and how. */
async function subjects(
  words: readonly string[],
  { lab }: Pick<CommandIo, "lab">,
): Promise<string[]> {
  if (words.at(-1)?.startsWith("-")) return ["-n", "-A", "-w", "-o", "--reads"];
  if (words.length > 1) return [];
  const list = await new KubeClient(lab.api)
    .list("autoscaling/v2/horizontalpodautoscalers", { namespace: lab.namespace });
  return [...list.items.map(({ metadata }) => `hpa/${metadata.name}`), "so/", "sj/", "metric"];
}
