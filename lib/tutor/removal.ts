import { own } from "../base/mod.ts";
import type { KubeObject, LabView } from "../lesson/mod.ts";

/** The resources of kinds that own pods, directly or not. */
const OWNERS: Record<string, string> = {
  CronJob: "cronjobs.batch",
  DaemonSet: "daemonsets.apps",
  Deployment: "deployments.apps",
  Job: "jobs.batch",
  ReplicaSet: "replicasets.apps",
  StatefulSet: "statefulsets.apps",
};

/**
 * The lines that remove what a cluster hangs at, as its clock names it (`container default/web-1/web`): the pod, and
 * what would make another one. None where that is not known.
 */
export async function removalOf(view: LabView, doing = ""): Promise<string[]> {
  const [, namespace, name] = /\bcontainer ([^/\s]+)\/([^/\s]+)\//.exec(doing) ?? [];
  if (!name) return [];
  const pod = await view.get("pods", namespace, name);
  if (!pod) return [];
  const lines: string[] = [];
  let object: KubeObject = pod;
  for (let owner = ownerOf(object); owner; owner = ownerOf(object)) {
    const resource = own(OWNERS, owner.kind);
    const found = resource && await view.get(resource, namespace, owner.name);
    if (!found) break;
    lines.unshift(
      `kubectl delete ${resource.split(".")[0]} ${owner.name} -n ${namespace} --cascade=orphan`,
    );
    object = found;
  }
  const pods = (await view.list("pods", { namespace }))
    .filter((other) => other === pod || sameOwner(other, pod)).map(({ metadata }) => metadata.name);
  lines.push(
    `kubectl delete pod ${
      [...new Set([name, ...pods])].join(" ")
    } -n ${namespace} --force --grace-period=0`,
  );
  return lines;
}

function ownerOf({ metadata }: KubeObject) {
  return metadata.ownerReferences?.find(({ controller }) => controller);
}

function sameOwner(a: KubeObject, b: KubeObject): boolean {
  const owner = ownerOf(b);
  return owner !== undefined && ownerOf(a)?.uid === owner.uid;
}
