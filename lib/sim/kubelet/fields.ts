import { own, quote } from "../../go/mod.ts";
import { type Container, type models, type Pod, Quantity } from "../../kube/mod.ts";

/** A container whose environment cannot be made; its message is the kubelet's. */
export class ContainerConfigError extends Error {
  override name = "ContainerConfigError";
}

/** What an environment is made from, beside the API. */
export interface EnvSource {
  pod: Pod;
  podIp: string;
  nodeIp: string;
}

/** A field of the pod. Source: kubernetes pkg/fieldpath/fieldpath.go, kubelet_pods.go. */
export function fieldValue({ pod, podIp, nodeIp }: EnvSource, path: string): string {
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (keyed) return own(pod.metadata[keyed[1] as "labels" | "annotations"], keyed[2]) ?? "";
  switch (path) {
    case "metadata.name":
      return pod.metadata.name;
    case "metadata.namespace":
      return pod.metadata.namespace!;
    case "metadata.uid":
      return pod.metadata.uid!;
    case "metadata.labels":
      return formatMap(pod.metadata.labels);
    case "metadata.annotations":
      return formatMap(pod.metadata.annotations);
    case "spec.nodeName":
      return pod.spec?.nodeName ?? "";
    case "spec.serviceAccountName":
      return pod.spec?.serviceAccountName ?? "";
    case "status.hostIP":
    case "status.hostIPs":
      return nodeIp;
    case "status.podIP":
    case "status.podIPs":
      return podIp;
    default:
      throw new ContainerConfigError(`unsupported fieldPath: ${path}`);
  }
}

function formatMap(map: Record<string, string> = {}): string {
  return Object.keys(map).sort().map((key) => `${key}=${quote(map[key])}`).join("\n");
}

/** Source: kubernetes pkg/api/v1/resource/helpers.go (ExtractContainerResourceValue). */
export function resourceValue(
  pod: Pod,
  container: Container | undefined,
  ref: models.ResourceFieldSelector,
): string {
  const from = ref.containerName
    ? pod.spec?.containers.find(({ name }) => name === ref.containerName)
    : container;
  const [kind, name] = String(ref.resource).split(".");
  const { limits, requests } = from?.resources ?? {};
  const amount = own(kind === "requests" ? requests : limits, name) ?? own(limits, name) ?? "0";
  const divisor = Quantity.parse(ref.divisor && ref.divisor !== "0" ? ref.divisor : "1").nano;
  const nano = Quantity.parse(amount).nano;
  return String((nano + divisor - 1n) / divisor);
}
