import {
  controllerOf,
  controllerReference,
  type KubeObject,
  type models,
  type ObjectOf,
} from "../../kube/mod.ts";
import type { SimApi } from "../seams.ts";
import { canonical, templateHash } from "./_objects.ts";

const RESOURCE = "controllerrevisions.apps";
type Revision = ObjectOf<typeof RESOURCE>;
/** The label on pods and revisions that names the template they came from. */
export const REVISION_HASH = "controller-revision-hash";

/** The templates a StatefulSet or DaemonSet has had, the newest last. */
export interface Revisions {
  update: Revision;
  all: Revision[];
}

/**
 * The revisions of `owner`, with one for its present template: made when there is none, moved to the
 * end when it was rolled back to.
 * Source: kubernetes pkg/controller/history/controller_history.go.
 */
export function syncRevisions(api: SimApi, owner: KubeObject): Revisions {
  const namespace = owner.metadata.namespace;
  const all = api.list(RESOURCE, { namespace })
    .filter((revision) => controllerOf(revision)?.uid === owner.metadata.uid)
    .sort((a, b) => (a.revision ?? 0) - (b.revision ?? 0));
  const data = { spec: { template: { ...owner.spec.template, $patch: "replace" } } };
  const wanted = canonical(data);
  const known = all.find((revision) => canonical(revision.data) === wanted);
  const last = all.at(-1)?.revision ?? 0;
  if (known && known.revision === last) return { update: known, all };
  if (known) {
    const update = api.update(RESOURCE, { ...structuredClone(known), revision: last + 1 });
    return { update, all: [...all.filter((one) => one !== known), update] };
  }
  const hash = templateHash(owner.spec.template, owner.status?.collisionCount || undefined);
  const update = api.create<Revision>(RESOURCE, {
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: {
      name: `${owner.metadata.name}-${hash}`,
      namespace,
      labels: { ...owner.spec.template.metadata?.labels, [REVISION_HASH]: hash },
      ownerReferences: [controllerReference(owner)],
    },
    data: structuredClone(data),
    revision: last + 1,
  });
  return { update, all: [...all, update] };
}

interface StoredTemplate {
  spec: { template: models.PodTemplateSpec & { $patch: "replace" } };
}

/** The pod template that a revision holds. */
export function templateOf(revision: Revision): models.PodTemplateSpec {
  const { $patch: _, ...template } = structuredClone(
    (revision.data as unknown as StoredTemplate).spec.template,
  );
  return template;
}

/** Deletes revisions past `revisionHistoryLimit` that nothing runs any more. */
export function truncateRevisions(
  api: SimApi,
  owner: KubeObject,
  { all }: Revisions,
  live: ReadonlySet<string>,
): void {
  const limit = owner.spec.revisionHistoryLimit ?? 10;
  const idle = all.filter((revision) => !live.has(revision.metadata.name));
  for (const revision of idle.slice(0, Math.max(0, idle.length - limit))) {
    api.delete(RESOURCE, revision.metadata.namespace!, revision.metadata.name);
  }
}
