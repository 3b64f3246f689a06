import type { Parting } from "./_compare.ts";

/** Where the sandbox and a cluster differ on purpose, or by what they are. All that is said of a place has to fit. */
export interface Known {
  script?: RegExp;
  step?: RegExp;
  where?: RegExp;
  sandbox?: RegExp;
  cluster?: RegExp;
  why: string;
}

export const KNOWN: readonly Known[] = [
  {
    cluster: /^(?: *labels:\n)? *(?:Labels: )?hpa-tutor\/lab[:=] ?\w+$/,
    why: "what the tutor makes on a cluster bears its mark",
  },
  {
    where:
      /^object jobs\.batch \S+ \.labels\.(?:batch\.kubernetes\.io\/)?(?:controller-uid|job-name)$/,
    cluster: /^nothing$/,
    why:
      "a Job without labels has those of its pods, and what the tutor makes on a cluster has its mark",
  },
  {
    where: /get svc kubernetes -o yaml prints$/,
    cluster: /^ +targetPort: \d+$/,
    why: "a genuine control plane beside others takes a port that is free",
  },
  {
    where: /^object configmaps \S+\/kube-root-ca\.crt \.data\.ca\.crt$/,
    sandbox: /^""$/,
    why: "in process the API is reached without TLS, and has no authority",
  },
  {
    where: /(?:get daemonsets|get all) prints$|^events of Pod operator-prometheus-node-exporter-/,
    sandbox: /node-exporter/,
    why:
      "a hollow node starts pods at once and tells nothing of it; which node's pod is made first is chance",
  },
  {
    where: /^events of Pod operator-prometheus-node-exporter-/,
    cluster: /Scheduled/,
    why: "which of two nodes a DaemonSet's pod is made for first is chance",
  },
  {
    where:
      /^events of (?:HorizontalPodAutoscaler|ReplicaSet|Pod many-)|reason=FailedCreate prints$/,
    why:
      "in the sandbox no time passes between lines: a controller looks again, or tries again, when the clock is moved",
  },
  {
    step: /^removed$/,
    where: /^object (?:namespaces strict|pods default\/operator-prometheus-node-exporter-)/,
    sandbox: /^nothing$/,
    cluster: /^null$/,
    why: "in the sandbox no time passes between lines: what ends takes some",
  },
  {
    where:
      /^object customresourcedefinitions\S+ scaledjobs\.keda\.sh \.spec\.versions\[0\]\.schema$/,
    cluster: /^"9fabf07f"$/,
    why: "the chart has come to describe the Job of a ScaledJob since the record was made",
  },
  {
    where: /^events of IPAddress /,
    why: "a loop that repairs addresses meets a Service that is on its way out, or does not",
  },
];

/** The first row that says why it is so. */
export function knownAs(parting: Parting): Known | undefined {
  return KNOWN.find((row) =>
    (["script", "step", "where", "sandbox", "cluster"] as const)
      .every((at) => row[at]?.test(parting[at]) ?? true)
  );
}
