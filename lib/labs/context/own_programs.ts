import type { ProgramRun } from "../programs.ts";

/** Flags that lead a program past the lab's guard, to another server or as somebody else; `-s` is kubectl's `--server`. */
const ELSEWHERE: Readonly<Record<string, RegExp>> = {
  kubectl:
    /^(--(kubeconfig|kuberc|server|token|username|password|client-key|client-certificate|certificate-authority|insecure-skip-tls-verify|tls-server-name|proxy-url)(=|$)|-[AwR]*s)/,
  helm:
    /^--(kubeconfig|kube-apiserver|kube-token|kube-ca-file|kube-insecure-skip-tls-verify|kube-tls-server-name)(=|$)/,
};

/** The first flag with which a program would not go through the lab's guard; what stands behind `--` is another's. */
export function flagElsewhere(
  { name, args }: Pick<ProgramRun, "name" | "args">,
): string | undefined {
  const end = args.indexOf("--");
  const own = end < 0 ? args : args.slice(0, end);
  return own.find((arg) => ELSEWHERE[name]?.test(arg))?.split("=")[0];
}

/** Told of a flag that leads elsewhere. */
export function refusedFlag(flag: string, { name, language }: ProgramRun): string {
  return language === "ko"
    ? `${name}: 이 셸에서는 ${flag}를 쓸 수 없습니다. 실습 클러스터의 것이 아닌 것을 지키는 길을 벗어납니다. 다른 터미널에서 쓰세요\n`
    : `${name}: ${flag} is refused in this shell, since it leads past what guards the cluster. Use it in a terminal of your own\n`;
}

/** What leads client-go and helm elsewhere, or a program to think that it is in a pod. */
const LEADS_ELSEWHERE = /^(KUBECONFIG|KUBERNETES_|HELM_KUBE)/;

/**
 * The environment of a program of the learner's own: this process's, but that it finds the lab by `kubeconfig`, and keeps
 * what it keeps below `homeDir`, so that repositories and caches of the learner's are as they were.
 */
export function programEnvironment(
  { kubeconfig, homeDir }: { kubeconfig: string; homeDir: string },
  given: Record<string, string> = Deno.env.toObject(),
): Record<string, string> {
  const kept = Object.entries(given).filter(([name]) => !LEADS_ELSEWHERE.test(name));
  return {
    ...Object.fromEntries(kept),
    KUBECONFIG: kubeconfig,
    KUBECACHEDIR: `${homeDir}/programs/kubectl`,
    // Preferences of the learner's may hold flags that lead elsewhere. Source: kubernetes.io reference/kubectl/kuberc.
    KUBERC: "off",
    HELM_CACHE_HOME: `${homeDir}/programs/helm/cache`,
    HELM_CONFIG_HOME: `${homeDir}/programs/helm/config`,
    HELM_DATA_HOME: `${homeDir}/programs/helm/data`,
  };
}
