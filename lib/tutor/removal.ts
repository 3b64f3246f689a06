import { type NamedObject, objectsAt } from "../labs/mod.ts";
import type { KubeObject, LabView } from "../lesson/mod.ts";

/** An object, and lines that remove it with what would make it anew. */
export interface Removal {
  object: string;
  lines: string[];
}

/**
 * What could be removed where a cluster hangs, as its thread tells it ({@linkcode objectsAt}): first what is most likely
 * at fault. Objects that are not there are left out.
 */
export async function removalsOf(view: LabView, doing = ""): Promise<Removal[]> {
  const removals: Removal[] = [];
  for (const named of objectsAt(doing)) {
    const object = await find(view, named);
    if (!object) continue;
    const { namespace = "", name } = object.metadata;
    const removal = {
      object: `${object.kind} ${namespace && `${namespace}/`}${name}`,
      lines: await linesOf(view, named.resource, object),
    };
    // A chain may come to the same object twice.
    if (!removals.some(({ lines }) => lines.join() === removal.lines.join())) {
      removals.push(removal);
    }
  }
  return removals;
}

async function find(
  view: LabView,
  { resource, namespace, name, uid }: NamedObject,
): Promise<KubeObject | undefined> {
  if (name !== undefined) return await view.get(resource, namespace, name);
  return (await view.list(resource)).find(({ metadata }) => metadata.uid === uid);
}

/** Owners first, for each would make another of what it owns. */
async function linesOf(view: LabView, resource: string, object: KubeObject): Promise<string[]> {
  const lines = [await lineOf(view, resource, object)];
  for (let owned = object, owner = ownerOf(owned); owner; owner = ownerOf(owned)) {
    const { namespace = "" } = object.metadata;
    const kind = await resourceOf(view, owner);
    const found = kind && (await view.get(kind, namespace, owner.name) ??
      await view.get(kind, "", owner.name));
    if (!found) break;
    lines.unshift(await lineOf(view, kind, found));
    owned = found;
  }
  return lines;
}

/** Nothing carries out what a deletion asks for while time stands, so that no line may wait for it. */
async function lineOf(view: LabView, resource: string, object: KubeObject): Promise<string> {
  const { namespace, name } = object.metadata;
  const inNamespace = namespace ? ` -n ${namespace}` : "";
  if (resource !== "pods") {
    return `kubectl delete ${resource} ${name}${inNamespace} --wait=false`;
  }
  const siblings = (await view.list("pods", { namespace }))
    .filter((other) => sameOwner(other, object)).map(({ metadata }) => metadata.name);
  const names = [...new Set([name, ...siblings])].join(" ");
  return `kubectl delete pods ${names}${inNamespace} --force --grace-period=0`;
}

interface Owner {
  apiVersion: string;
  kind: string;
  name: string;
}

/** The resource of an owner's kind: `deployments.apps`. */
async function resourceOf(view: LabView, { apiVersion, kind }: Owner): Promise<string | undefined> {
  const [version, group] = apiVersion.split("/").reverse();
  const { body } = await view.raw(group ? `/apis/${group}/${version}` : `/api/${version}`);
  const found = body?.resources?.find((one: { kind: string; name: string }) =>
    one.kind === kind && !one.name.includes("/")
  );
  return found && (group ? `${found.name}.${group}` : found.name);
}

function ownerOf({ metadata }: KubeObject): (Owner & { uid: string }) | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller);
}

function sameOwner(a: KubeObject, b: KubeObject): boolean {
  const owner = ownerOf(b);
  return owner !== undefined && ownerOf(a)?.uid === owner.uid;
}
