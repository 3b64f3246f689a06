import { messageOf } from "../../base/mod.ts";
import {
  ApiError,
  apiVersionOf,
  createMergePatch,
  discover,
  type Discovered,
  groupOf,
  KubeClient,
  type KubeObject,
  noKindMatch,
  type PatchType,
  type Place,
  RestMapper,
  type ServedResource,
  threeWayPatch,
} from "../../kube/mod.ts";
import type { CommandIo } from "../command.ts";
import { HelmError } from "./_errors.ts";

/** An object and where it is kept. */
export interface Info {
  object: KubeObject;
  mapping: ServedResource;
  /** Empty for cluster-scoped objects. */
  namespace: string;
}

type Json = Record<string, unknown>;

/** Groups whose kinds helm patches as plain JSON although they come with Kubernetes. */
const PLAIN_GROUPS = new Set(["apiregistration.k8s.io"]);

/**
 * What helm does to a cluster: objects made, patched and deleted one by one.
 * Source: helm/helm pkg/kube/client.go.
 */
export class Cluster {
  readonly client: KubeClient;
  #kinds: Promise<{ served: Discovered; mapper: RestMapper }> | undefined;

  constructor(readonly io: CommandIo) {
    this.client = new KubeClient(io.lab.api, {
      signal: io.signal,
      onWarning: (text) => io.err(`Warning: ${text}\n`),
    });
  }

  /** Errors: HelmError when no API server answers. */
  async reach(): Promise<void> {
    try {
      await this.client.json("GET", "/version");
    } catch (error) {
      if (error instanceof ApiError) return;
      throw new HelmError(`Kubernetes cluster unreachable: ${messageOf(error)}`);
    }
  }

  /** What charts are told of the cluster: its version, and the versions and kinds it serves. */
  async capabilities(): Promise<{ kubeVersion: string; apiVersions: ReadonlySet<string> }> {
    const { served } = await this.#discovered();
    const { gitVersion } = await this.client.json("GET", "/version");
    const kinds = served.resources.map((each) => `${apiVersionOf(each)}/${each.kind}`);
    return {
      kubeVersion: gitVersion,
      apiVersions: new Set([...served.groupVersions, ...kinds]),
    };
  }

  #discovered() {
    return this.#kinds ??= discover(this.client).then((served) => ({
      served,
      mapper: new RestMapper(served.resources),
    }));
  }

  /** Forgets which kinds there are, for instance after CRDs were added. */
  forgetKinds(): void {
    this.#kinds = undefined;
  }

  /**
   * Finds out where each object belongs; those of namespaced kinds without one go to `namespace`.
   * Errors: HelmError naming every kind that is not served.
   */
  async build(objects: readonly KubeObject[], namespace: string): Promise<Info[]> {
    const { mapper } = await this.#discovered();
    const missing: string[] = [];
    const infos: Info[] = [];
    for (const object of objects) {
      const { apiVersion, kind, metadata } = object;
      const unset = Object.entries({ apiVersion, kind }).filter(([, value]) => !value)
        .map(([field]) => `${field} not set`);
      if (unset.length > 0) {
        const why = unset.length > 1 ? `[${unset.join(", ")}]` : unset[0];
        missing.push(`error validating "": error validating data: ${why}`);
        continue;
      }
      const mapping = mapper.kindIn(apiVersion, kind);
      if (!mapping) {
        missing.push(
          `resource mapping not found for name: "${metadata?.name ?? ""}" namespace: "${
            metadata?.namespace ?? ""
          }" from "": ${noKindMatch(apiVersion, kind)}\nensure CRDs are installed first`,
        );
        continue;
      }
      const own = mapping.namespaced ? metadata?.namespace ?? namespace : "";
      const placed = own === "" ? object : { ...object, metadata: { ...metadata, namespace: own } };
      infos.push({ object: placed, mapping, namespace: own });
    }
    if (missing.length > 0) throw new HelmError(joinLines(missing));
    return infos;
  }

  /** The object as it is now, or undefined. */
  async get(info: Info): Promise<KubeObject | undefined> {
    return await this.client.find(info.mapping, placeOf(info));
  }

  async create(info: Info): Promise<KubeObject> {
    return await this.client.create(info.mapping, { namespace: info.namespace }, info.object, {
      query: { fieldManager: "helm", fieldValidation: "Ignore" },
    });
  }

  /**
   * Makes the live object what the new manifest says. Fields that the old manifest had and the new
   * has not are removed; others that somebody else set stay.
   */
  async patch(original: KubeObject | undefined, target: Info, live: KubeObject): Promise<void> {
    const patch = patchFor(original ?? live, target.object, live);
    if (!patch || Object.keys(patch.body).length === 0) return;
    try {
      await this.client.patch(target.mapping, placeOf(target), patch.body, {
        type: patch.type,
        query: { fieldManager: "helm" },
      });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const { metadata, kind } = target.object;
      throw new HelmError(`cannot patch "${metadata.name}" with kind ${kind}: ${error.message}`);
    }
  }

  /** Deletes the object; one that is gone already is no error. */
  async delete(
    info: Info,
    propagationPolicy: "Background" | "Foreground" | "Orphan" = "Background",
  ): Promise<void> {
    try {
      await this.client.delete(info.mapping, placeOf(info), {
        body: { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy },
      });
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 404)) throw error;
    }
  }
}

function placeOf({ namespace, object }: Info): Place {
  return { namespace, name: object.metadata.name };
}

/** `Deployment "web" in namespace "default"`. */
export function describe(info: Info): string {
  const { kind, metadata } = info.object;
  return `${kind} "${metadata?.name ?? ""}" in namespace "${info.namespace}"`;
}

/** What tells objects of two manifests apart. */
export function keyOf(info: Info): string {
  const { apiVersion, kind, metadata } = info.object;
  return `${apiVersion}/${kind}/${info.namespace}/${metadata.name}`;
}

function patchFor(
  original: KubeObject,
  target: KubeObject,
  live: KubeObject,
): { body: Json; type: PatchType } | undefined {
  const group = groupOf(target.apiVersion);
  const builtIn = group === "" || !group.includes(".") ||
    (group.endsWith(".k8s.io") && !PLAIN_GROUPS.has(group));
  if (builtIn) {
    const { patch, type } = threeWayPatch(original, target, live);
    return { body: patch, type };
  }
  return { body: createMergePatch(original, target), type: "merge" };
}

function joinLines(messages: string[]): string {
  return messages.length === 1 ? messages[0] : `[${messages.join(", ")}]`;
}
