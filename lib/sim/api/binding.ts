import { quote } from "../../go/mod.ts";
import { ApiError, type KubeObject, type ObjectMeta, setStatusCondition } from "../../kube/mod.ts";
import { checkVersion } from "./preconditions.ts";
import type { ResourceServer } from "./resource_server.ts";
import type { ResourceType } from "./resources.ts";
import type { WriteOptions } from "./write_options.ts";

/** Which node a pod is assigned to, and what the metadata of a Binding adds to the pod's and asks of its version. */
interface Assignment {
  node: string;
  metadata?: ObjectMeta;
}

/**
 * Assigns a pod to a node. Gives the pod as it now is. Errors: ApiError.
 * Source: kubernetes pkg/registry/core/pod/storage/storage.go (BindingREST, setPodNodeAndMetadata).
 */
export function bindPod(
  server: ResourceServer,
  type: ResourceType,
  present: KubeObject,
  { node, metadata }: Assignment,
  options: WriteOptions = {},
): KubeObject {
  const pod = structuredClone(present);
  const { name } = pod.metadata;
  const refuse = (why: string) => ApiError.conflict("pods/binding", name, why);
  if (pod.metadata.deletionTimestamp) {
    throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
  }
  if (pod.spec.nodeName) {
    throw refuse(`pod ${name} is already assigned to node ${quote(pod.spec.nodeName)}`);
  }
  if (pod.spec.schedulingGates?.length) {
    throw refuse(`pod ${name} has non-empty .spec.schedulingGates`);
  }
  if (metadata) checkVersion(type, metadata, pod);
  pod.spec.nodeName = node;
  if (metadata) {
    pod.metadata.annotations = { ...pod.metadata.annotations, ...metadata.annotations };
    pod.metadata.labels = { ...pod.metadata.labels, ...metadata.labels };
  }
  delete pod.status?.nominatedNodeName;
  setStatusCondition(pod, {
    type: "PodScheduled",
    status: "True",
    lastTransitionTime: server.timestamp(),
  });
  return server.update(type, pod, { ...options, subresource: "binding" });
}
