import type { Container, Pod } from "../../kube/mod.ts";
import { isSidecar } from "./pod_status.ts";
import type { PodRecord } from "./records.ts";

/**
 * The containers of a pod that do not run and should, in order: whatever looks into it, once; then at first each init
 * container alone, then all others.
 * Source: kubernetes pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions), kuberuntime_container.go
 * (computeInitContainerActions).
 */
export function containersToStart(pod: Pod, record: PodRecord): Container[] {
  const fresh = (pod.spec?.ephemeralContainers ?? []).filter(({ name }) => {
    const own = record.containers[name];
    return !own?.running && !own?.terminated;
  });
  return [...fresh, ...ownContainersToStart(pod, record)];
}

function ownContainersToStart({ spec }: Pod, { containers }: PodRecord): Container[] {
  const policy = spec?.restartPolicy ?? "Always";
  const main = spec?.containers ?? [];
  const hasMainRun = () =>
    main.some(({ name }) => containers[name]?.running || containers[name]?.terminated);
  for (const container of spec?.initContainers ?? []) {
    const own = containers[container.name];
    if (isSidecar(container)) {
      if (!own?.running) return [container];
      if (!own.started) return [];
      continue;
    }
    if (own?.terminated?.exitCode === 0 && !own.running) continue;
    if (hasMainRun()) continue;
    if (own?.running) return [];
    if (own?.terminated && policy === "Never") return [];
    return [container];
  }
  return main.filter((container) => {
    const own = containers[container.name];
    if (own?.running) return false;
    return !own?.terminated || shouldRestart(policy, own.terminated.exitCode);
  });
}

function shouldRestart(policy: string, exitCode: number): boolean {
  return policy === "Always" || (policy === "OnFailure" && exitCode !== 0);
}
