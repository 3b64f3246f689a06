import { discover, groupResource, type KubeClient, type Manifest } from "../../../lib/kube/mod.ts";

/** Kinds that a cluster makes by itself, and again and again. */
const OF_ITSELF = [
  "events",
  "leases",
  "endpoints",
  "endpointslices",
  "nodes",
  "controllerrevisions",
];

/** Everything that somebody made, as they made it: by kind and name. */
export type Census = Map<string, string>;

export async function census(client: KubeClient): Promise<Census> {
  const { resources } = await discover(client);
  const found: Census = new Map();
  for (const resource of resources) {
    if (!resource.verbs.includes("list") || !resource.verbs.includes("create")) continue;
    if (OF_ITSELF.includes(resource.resource)) continue;
    const { items } = await client.list<Manifest>(resource);
    for (const { metadata, status: _, spec, ...rest } of items) {
      // The server's own come and go with what it serves.
      if (resource.resource === "apiservices" && !spec.service) continue;
      const { uid, namespace, name, labels, annotations } = metadata;
      const what = { uid, labels, annotations, spec, data: rest.data };
      found.set(`${groupResource(resource)} ${namespace ?? ""}/${name}`, JSON.stringify(what));
    }
  }
  return found;
}

/** Deletes what a key of a census stands for. */
export async function remove(client: KubeClient, key: string): Promise<void> {
  const [named, place] = key.split(" ");
  const [namespace, name] = place.split("/");
  const { resources } = await discover(client);
  const resource = resources.find((one) => groupResource(one) === named);
  if (!resource) return;
  await client.delete(resource, { namespace: namespace || undefined, name }).catch(() => {});
}
