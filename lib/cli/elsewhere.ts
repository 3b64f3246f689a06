import type { Elsewhere } from "../commands/mod.ts";
import { InputError, said } from "../doctor/mod.ts";
import { KubeClient, KubeconfigError, readKubeconfig } from "../kube/mod.ts";
import { DIAGNOSIS } from "../labs/mod.ts";
import { transportTo } from "./cluster_transport.ts";
import { readKubeconfigs } from "./kubeconfigs.ts";

/**
 * A client of the cluster that a kubeconfig's context names: `--kubeconfig`, or KUBECONFIG, or `~/.kube/config`.
 * Errors: InputError, with what to do.
 */
export async function clusterElsewhere(
  named: { context?: string; kubeconfig?: string },
  signal: AbortSignal,
): Promise<Omit<Elsewhere, "nowMs">> {
  try {
    const target = readKubeconfig(await readKubeconfigs(named.kubeconfig), named.context);
    const transport = await transportTo(target, signal);
    return {
      name: target.context,
      client: new KubeClient(transport, { signal, userAgent: DIAGNOSIS }),
      namespace: target.namespace,
    };
  } catch (error) {
    if (!(error instanceof KubeconfigError)) throw error;
    throw new InputError(said(error.message, error.ko));
  }
}
