import {
  controllerOf,
  helmReleaseOf,
  type KubeClient,
  type KubeObject,
  type ObjectMeta,
  rootPath,
} from "../../kube/mod.ts";

/** On everything that a tutor makes on a real cluster; its value is that of the home it was made from. */
export const MARK = "hpa-tutor/lab";

/** How far up an object's controllers are looked at: pod, ReplicaSet, Deployment, and one that made that. */
const MAX_OWNERS = 5;

/** Who made what is there: this lab, or somebody. */
export class Owners {
  /** What the kinds of a version are called in paths. */
  readonly #plurals = new Map<string, Promise<Map<string, string>>>();

  constructor(readonly client: KubeClient, readonly lab: string) {}

  /** Whether this lab made an object, or what controls it. */
  async isOwn(object: KubeObject): Promise<boolean> {
    let at: KubeObject | undefined = object;
    for (let up = 0; at && up < MAX_OWNERS; up++) {
      if (at.metadata.labels?.[MARK] === this.lab) return true;
      at = await this.#controller(at);
    }
    return false;
  }

  async #controller(object: KubeObject): Promise<KubeObject | undefined> {
    const owner = controllerOf(object);
    if (!owner) return undefined;
    const resource = (await this.#pluralsOf(owner.apiVersion)).get(owner.kind);
    if (resource === undefined) return undefined;
    const { namespace } = object.metadata;
    const found = await this.client.find<KubeObject>(`${owner.apiVersion}/${resource}`, {
      namespace,
      name: owner.name,
    });
    return found?.metadata.uid === owner.uid ? found : undefined;
  }

  #pluralsOf(apiVersion: string): Promise<Map<string, string>> {
    let known = this.#plurals.get(apiVersion);
    if (!known) {
      known = this.client.json("GET", rootPath(apiVersion)).then((
        { resources = [] }: { resources?: { kind: string; name: string }[] },
      ) =>
        new Map(
          resources.filter(({ name }) => !name.includes("/"))
            .map(({ kind, name }) => [kind, name]),
        )
      );
      this.#plurals.set(apiVersion, known);
      // A version that does not answer now may later.
      known.catch(() => this.#plurals.delete(apiVersion));
    }
    return known.catch(() => new Map());
  }
}

/** Whose an object is, as far as it says so: `helm release "keda" of "keda"`. */
export function ownerName(object: KubeObject): string {
  const { labels = {}, ownerReferences, managedFields } = object.metadata;
  if (labels[MARK] !== undefined) return `another home of this tutor (${labels[MARK]})`;
  const release = helmReleaseOf(object);
  if (release) return `the helm release "${release.name}" of "${release.namespace}"`;
  if (labels.owner === "helm" && labels.name) return `the helm release "${labels.name}"`;
  const [owner] = ownerReferences ?? [];
  if (owner) return `${owner.kind} "${owner.name}"`;
  const manager = labels["app.kubernetes.io/managed-by"] ??
    (managedFields?.at(-1) as { manager?: string } | undefined)?.manager;
  return manager === undefined ? "somebody" : `"${manager}"`;
}

/** Adds the lab's mark to an object that is to be made. */
export function marked<T extends { metadata?: Partial<ObjectMeta> }>(object: T, lab: string): T {
  const { metadata = {} } = object;
  return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, [MARK]: lab } } };
}
