import { CLUSTER } from "../context/mod.ts";
import type { ProgramRun } from "../programs.ts";

/** Flags of kind's that take a value in the next word. */
const WITH_VALUE = /^(--(name|config|image|wait|kubeconfig|nodes|verbosity|loglevel)|-n|-v)$/;

/**
 * Why a line of kind's is not run, where it is about another cluster than the lab's, or writes elsewhere: those are the
 * learner's. `fallback` is the name in the environment.
 */
export function refusedKind(
  { args, language }: Pick<ProgramRun, "args" | "language">,
  fallback: string | undefined,
): string | undefined {
  const { words: [verb = "", noun = ""], name = fallback, hasKubeconfig } = read(args);
  const isKorean = language === "ko";
  const changes = ["create", "delete", "load"].includes(verb) ||
    verb === "export" && noun === "kubeconfig";
  const asksHelp = args.includes("--help") || args.includes("-h");
  if (!changes || noun === "" || asksHelp) return undefined;
  if (hasKubeconfig) {
    return isKorean
      ? "kind: 이 셸에서는 --kubeconfig를 쓸 수 없습니다. 내 kubeconfig는 그대로 둡니다\n"
      : "kind: --kubeconfig is refused in this shell: your own kubeconfig stays as it is\n";
  }
  if (name === CLUSTER && noun !== "clusters") return undefined;
  const said = noun === "clusters" ? "" : name ?? "kind";
  return isKorean
    ? `kind: 이 셸에서는 실습 클러스터 ${CLUSTER}만 다룹니다${
      said && ` (${said}은(는) 건드리지 않습니다)`
    }. --name ${CLUSTER}를 붙이세요\n`
    : `kind: this shell is for the lab's cluster ${CLUSTER} alone${
      said && `, and leaves ${said} as it is`
    }. Say --name ${CLUSTER}\n`;
}

/** The words of a line and the cluster that it names. */
function read(args: readonly string[]): { words: string[]; name?: string; hasKubeconfig: boolean } {
  const words: string[] = [];
  let name: string | undefined;
  let hasKubeconfig = false;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at];
    const [flag, given] = arg.split(/=(.*)/s);
    const value = given ?? (WITH_VALUE.test(flag) ? args[++at] : undefined);
    if (!arg.startsWith("-")) words.push(arg);
    else if (flag === "--name" || flag === "-n") name = value;
    else if (flag === "--kubeconfig") hasKubeconfig = true;
  }
  return { words, ...(name === undefined ? {} : { name }), hasKubeconfig };
}
