import { workloadOf } from "../../kube/mod.ts";
import { changedAt, writtenTimes } from "../changed.ts";
import { type Fault, fieldEvidence } from "../hop.ts";
import { said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import type { MetricWalk } from "./metric_walk.ts";

/** The ConfigMap was changed after the adapter had read it. */
export async function readBefore(walk: MetricWalk): Promise<Fault | undefined> {
  const adapter = await walk.adapter();
  if (!adapter?.pod || !adapter.configMap) return undefined;
  const { pod, configMap, container } = adapter;
  const status = pod.status?.containerStatuses?.find(({ name }) => name === container?.name);
  const began = Date.parse(String(status?.state?.running?.startedAt));
  const changed = changedAt(configMap);
  if (!(changed > began + 1000)) return undefined;
  const { name, namespace } = configMap.metadata;
  return {
    cause: "adapter-read-config-before",
    told: said(
      `The ConfigMap ${name} was changed after the adapter had started, and the adapter reads its rules ` +
        `once: those of before are in force.`,
      `adapter가 시작한 뒤에 ConfigMap ${name}이(가) 바뀌었습니다. adapter는 규칙을 시작할 때 한 번만 읽으므로 ` +
        `예전 규칙이 쓰이고 있습니다.`,
    ),
    evidence: [
      {
        command: `kubectl -n ${namespace} get configmap ${name} --show-managed-fields ` +
          `-o jsonpath='{.metadata.managedFields[*].time}'`,
        printed: writtenTimes(configMap).join(" "),
      },
      fieldEvidence("pods", pod, ".status.containerStatuses[0].state.running.startedAt"),
    ],
    remedy: {
      command: `kubectl -n ${namespace} rollout restart deploy/${workloadOf(pod)}`,
    },
    upstream: DOCS.adapterConfig,
  };
}
