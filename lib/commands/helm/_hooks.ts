import type { Cluster } from "./_cluster.ts";
import { parseManifest } from "./_manifest.ts";
import type { StoredRelease } from "./_releases.ts";
import { waitGone } from "./_wait.ts";

/**
 * Makes the objects of a release's hooks for one moment of its life: deleted and made anew, as `before-hook-creation`
 * says, which is also what holds when a hook names no policy. Each notes in the release when it ran.
 * Source: helm/helm pkg/action/hooks.go (execHook).
 */
export async function execHooks(
  cluster: Cluster,
  release: StoredRelease,
  event: string,
  { timeoutMs, now }: { timeoutMs: number; now: () => string },
): Promise<void> {
  for (const hook of release.hooks?.filter(({ events }) => events.includes(event)) ?? []) {
    const [info] = await cluster.build(parseManifest(hook.manifest), release.namespace);
    if (await cluster.get(info)) {
      await cluster.delete(info);
      await waitGone(cluster, [info], timeoutMs);
    }
    const started_at = now();
    await cluster.create(info);
    hook.last_run = { started_at, completed_at: now(), phase: "Succeeded" };
  }
}
