import {
  ApiError,
  discover,
  groupResource,
  type KubeClient,
  type KubeObject,
  type ServedResource,
} from "../../kube/mod.ts";
import { MARK, Owners } from "./owners.ts";

/** An object of the cluster, by name: `deployments.apps default/web`. */
export interface Named {
  resource: string;
  namespace: string;
  name: string;
}

/** What came of leaving a cluster. */
export interface Left {
  removed: Named[];
  /** What this lab made and is there still, with why. */
  kept: (Named & { why: string })[];
  /** What programs of the lab made by themselves, without a mark, and is there still. */
  strays: Named[];
}

export interface LeaveOptions {
  signal?: AbortSignal;
  /** Told what is taken away. */
  onProgress?(named: Named): void;
}

interface Found {
  resource: ServedResource;
  object: KubeObject;
}

const isDefinition = ({ resource }: Found) => resource.resource === "customresourcedefinitions";
const isNamespace = ({ resource }: Found) => groupResource(resource) === "namespaces";

/** How long what is deleted may take to go, in looks and wall milliseconds between them. */
const LOOKS = 120;
const LOOK_EVERY_MS = 500;

/** Of a server that has too much to do: TooManyRequests, Timeout. */
const BUSY = [429, 504];

/** What a program makes where a cluster's own things are. */
const STRAYS: readonly [ref: string, namespace: string, selector: string][] = [
  // Of prometheus-operator, for kubelets: pkg/kubelet/controller.go.
  ["v1/services", "kube-system", "app.kubernetes.io/managed-by=prometheus-operator"],
  [
    "discovery.k8s.io/v1/endpointslices",
    "kube-system",
    "app.kubernetes.io/managed-by=prometheus-operator",
  ],
];

/**
 * Takes away all that this lab made in a cluster, what others made of it aside: objects of a kind of the lab's first,
 * while their controllers are there, then all else, definitions and namespaces last. One that holds something of
 * somebody's stays. Errors: as the client's.
 */
export async function leave(
  client: KubeClient,
  lab: string,
  options: LeaveOptions = {},
): Promise<Left> {
  const left: Left = { removed: [], kept: [], strays: [] };
  const run = new Leaving(client, lab, options, left);
  const found = await run.find();
  const kinds = new Set(found.filter(isDefinition).map(({ object }) => object.metadata.name));
  const isCustom = ({ resource }: Found) => kinds.has(groupResource(resource));
  const isAside = (one: Found) => isCustom(one) || isDefinition(one) || isNamespace(one);
  await run.remove(found.filter(isCustom));
  await run.remove(found.filter((one) => !isAside(one)));
  await run.remove(await run.empty(found.filter(isDefinition), found));
  await run.remove(await run.empty(found.filter(isNamespace), found));
  left.strays.push(...await run.strays());
  return left;
}

class Leaving {
  readonly #client: KubeClient;
  readonly #lab: string;
  readonly #options: LeaveOptions;
  readonly #left: Left;
  readonly #owners: Owners;
  #resources: ServedResource[] = [];
  /** How often a server that is busy is asked again, in all. */
  #patience = LOOKS;

  constructor(client: KubeClient, lab: string, options: LeaveOptions, left: Left) {
    this.#client = client;
    this.#lab = lab;
    this.#options = options;
    this.#left = left;
    this.#owners = new Owners(client, lab);
  }

  /** All that bears the mark. */
  async find(): Promise<Found[]> {
    const { resources } = await discover(this.#client);
    const seen = new Set<string>();
    this.#resources = resources.filter((each) => {
      const isNew = !seen.has(groupResource(each));
      seen.add(groupResource(each));
      // A Service's own bear its labels, and go with it.
      if (OF_ITSELF.has(groupResource(each))) return false;
      return isNew && each.verbs.includes("list") && each.verbs.includes("delete");
    });
    const query = { labelSelector: `${MARK}=${this.#lab}` };
    const lists = await Promise.all(
      this.#resources.map(async (resource) =>
        (await this.#list(resource, query)).map((object) => ({ resource, object }))
      ),
    );
    return lists.flat();
  }

  async #list(
    resource: ServedResource,
    query: Record<string, string>,
    namespace?: string,
  ): Promise<KubeObject[]> {
    try {
      return (await this.#client.list(resource, { namespace }, { query })).items;
    } catch (error) {
      if (error instanceof ApiError && BUSY.includes(error.code) && this.#patience-- > 0) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
        return await this.#list(resource, query, namespace);
      }
      // A kind that went with its definition, or whose server is away, or that one may not read.
      if (error instanceof ApiError && [403, 404, 405, 503].includes(error.code)) return [];
      throw error;
    }
  }

  async remove(found: readonly Found[]): Promise<void> {
    const gone: Found[] = [];
    for (const one of found) {
      this.#options.signal?.throwIfAborted();
      const { resource, object: { metadata: { name, namespace, uid } } } = one;
      const body = {
        kind: "DeleteOptions",
        apiVersion: "v1",
        propagationPolicy: "Background",
        preconditions: { uid },
      };
      this.#options.onProgress?.(nameOf(one));
      try {
        await this.#client.delete(resource, { namespace, name }, { body });
        gone.push(one);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.code !== 404 && error.code !== 409) {
          this.#left.kept.push({ ...nameOf(one), why: error.message });
        }
      }
    }
    for (const one of gone) {
      if (await this.#isGone(one)) this.#left.removed.push(nameOf(one));
      else this.#left.kept.push({ ...nameOf(one), why: whyStays(one.object) });
    }
  }

  async #isGone({ resource, object }: Found): Promise<boolean> {
    const { name, namespace, uid } = object.metadata;
    for (let look = 0; look < LOOKS; look++) {
      const now = await this.#client.find<KubeObject>(resource, { namespace, name });
      if (now?.metadata.uid !== uid) return true;
      Object.assign(object, now);
      this.#options.signal?.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    return false;
  }

  /** Those of definitions or namespaces that hold nothing of somebody's; the others are kept. */
  async empty(holders: readonly Found[], all: readonly Found[]): Promise<Found[]> {
    const own = new Set(all.map(({ object }) => object.metadata.uid));
    const empty: Found[] = [];
    for (const holder of holders) {
      const other = await this.#otherIn(holder, own);
      if (other === undefined) empty.push(holder);
      else this.#left.kept.push({ ...nameOf(holder), why: `holds ${other}, of somebody's` });
    }
    return empty;
  }

  async #otherIn(
    holder: Found,
    own: ReadonlySet<string | undefined>,
  ): Promise<string | undefined> {
    const { name } = holder.object.metadata;
    const resources = this.#resources.filter((each) =>
      isNamespace(holder) ? each.namespaced : groupResource(each) === name
    );
    const inside = isNamespace(holder) ? name : undefined;
    for (const resource of resources) {
      for (const each of await this.#list(resource, {}, inside)) {
        const isOwn = own.has(each.metadata.uid) || await this.#owners.isOwn(each);
        if (isOwn || isOfItself(each)) continue;
        return `${groupResource(resource)} "${each.metadata.name}"`;
      }
    }
    return undefined;
  }

  async strays(): Promise<Named[]> {
    const found: Named[] = [];
    for (const [ref, namespace, labelSelector] of STRAYS) {
      const resource = ref.slice(ref.lastIndexOf("/") + 1);
      const { items } = await this.#client.list(ref, { namespace }, { query: { labelSelector } })
        .catch((error) => {
          if (error instanceof ApiError) return { items: [] };
          throw error;
        });
      found.push(...items.map(({ metadata: { name } }) => ({ resource, namespace, name })));
    }
    return found;
  }
}

/** Kinds of which a cluster makes its own in every namespace. */
const OF_ITSELF = new Set([
  "events",
  "events.events.k8s.io",
  "endpoints",
  "endpointslices.discovery.k8s.io",
  "leases.coordination.k8s.io",
  "controllerrevisions.apps",
  "pods.metrics.k8s.io",
]);

function isOfItself({ metadata: { name, ownerReferences, annotations } }: KubeObject): boolean {
  return name === "kube-root-ca.crt" || name === "default" || (ownerReferences ?? []).length > 0 ||
    // KEDA's certificates: pkg/certificates/certificate_manager.go.
    name === "kedaorg-certs" || annotations?.["kubernetes.io/service-account.name"] !== undefined;
}

function nameOf({ resource, object: { metadata } }: Found): Named {
  return {
    resource: groupResource(resource),
    namespace: metadata.namespace ?? "",
    name: metadata.name,
  };
}

function whyStays({ metadata: { finalizers = [] } }: KubeObject): string {
  return finalizers.length > 0
    ? `its finalizers were not done: ${finalizers.join(", ")}`
    : "it has not gone yet";
}
