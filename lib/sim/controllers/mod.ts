/**
 * The control loops of kube-controller-manager, kube-scheduler and the API server's own, one reconciler a file. Each is
 * level-triggered: what it knows is in the API's objects, so that a restart loses nothing.
 *
 * @module
 */
import type { Cancel } from "../../base/mod.ts";
import type { KubeObject } from "../../kube/mod.ts";
import { type FurtherControllers, type Reconciler, startReconciler } from "../reconcile.ts";
import type { SimContext } from "../seams.ts";
import { clusterRoleAggregation } from "./cluster_role_aggregation.ts";
import { cronJobController } from "./cronjob.ts";
import { daemonSetController } from "./daemonset.ts";
import { definitionFinalizer } from "./definition_finalizer.ts";
import { deploymentController } from "./deployment.ts";
import { disruptionController } from "./disruption.ts";
import { endpointSliceMirroring } from "./endpoint_slice_mirroring.ts";
import { endpointSliceController } from "./endpoint_slices.ts";
import { endpointsController } from "./endpoints.ts";
import { startEventTtl } from "./event_ttl.ts";
import { garbageCollector } from "./garbage_collector.ts";
import { jobController } from "./job/job.ts";
import { PodIndex } from "./_pod_index.ts";
import { namespaceController } from "./namespace.ts";
import { namespaceDefaults } from "./namespace_defaults.ts";
import { replicaSetController, replicationController } from "./replicaset.ts";
import { nodeLifecycleController, podGarbageCollector } from "./node_lifecycle.ts";
import { claimController, volumeController } from "./persistent_volumes.ts";
import { resourceQuotaController } from "./resource_quota.ts";
import { scheduler } from "./scheduler.ts";
import { statefulSetController } from "./statefulset.ts";
import { taintEvictionController } from "./taint_eviction.ts";
import { tokenSecrets } from "./token_secrets.ts";

/** What the controllers are told beside their context. */
export interface ControllerOptions {
  /** The CA of the API server, as PEM, for every namespace's `kube-root-ca.crt`. */
  rootCa?: string;
  /** Makes the token that a Secret of a service account holds. */
  tokenFor?: (account: KubeObject, secret: KubeObject) => string;
  /** Started after the cluster's own. */
  further?: FurtherControllers;
}

/**
 * Starts every controller but the HPA's, which has its own part of this room (`hpa.ts`) and is
 * started beside this.
 */
export function startControllers(given: SimContext, options: ControllerOptions = {}): Cancel {
  const context = { ...given, clock: given.clock.scope("controllers") };
  const pods = new PodIndex(context.api);
  const withPods = { ...context, pods };
  const reconcilers: Reconciler[] = [
    namespaceDefaults(context, options.rootCa ?? ""),
    namespaceController(context),
    definitionFinalizer(context),
    clusterRoleAggregation(context),
    deploymentController(withPods),
    replicaSetController(withPods),
    replicationController(withPods),
    statefulSetController(withPods),
    daemonSetController(withPods),
    jobController(withPods),
    cronJobController(context),
    resourceQuotaController(context),
    disruptionController(withPods),
    nodeLifecycleController(withPods),
    taintEvictionController(withPods),
    podGarbageCollector(withPods),
    claimController(context),
    volumeController(context),
    scheduler(withPods),
    endpointSliceController(context),
    endpointSliceMirroring(context),
    endpointsController(context),
    garbageCollector(context),
    ...options.further?.(context) ?? [],
  ];
  const { tokenFor, rootCa = "" } = options;
  if (tokenFor) reconcilers.push(tokenSecrets(context, { tokenFor, rootCa }));
  const cancels = reconcilers.map((reconciler) => startReconciler(context, reconciler));
  cancels.push(startEventTtl(context), pods.stop);
  return () => cancels.forEach((cancel) => cancel());
}
