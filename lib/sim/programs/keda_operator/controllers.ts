import type { ContainerContext } from "../../seams.ts";
import type { Zap } from "../shared/zap.ts";

/** How long the caches of the controllers take to be filled. */
const SYNC_MS = 105;
const KEDA = "v1alpha1";

type Row = [kind: string, group: string, sources: string[], workers: number];

/** The manager's controllers, with what each watches and how many workers it has. */
const CONTROLLERS: readonly Row[] = [
  ["ScaledObject", "keda.sh", [`${KEDA}.ScaledObject`, "v2.HorizontalPodAutoscaler"], 5],
  ["ScaledJob", "keda.sh", [`${KEDA}.ScaledJob`], 1],
  ["TriggerAuthentication", "keda.sh", [`${KEDA}.TriggerAuthentication`], 1],
  ["ClusterTriggerAuthentication", "keda.sh", [`${KEDA}.ClusterTriggerAuthentication`], 1],
  ["CloudEventSource", "eventing.keda.sh", [`${KEDA}.CloudEventSource`], 1],
  ["ClusterCloudEventSource", "eventing.keda.sh", [`${KEDA}.ClusterCloudEventSource`], 1],
];
const ROTATOR_SOURCES = ["v1.Secret", "unstructured.Unstructured", "unstructured.Unstructured"];

/**
 * Says that the controllers start, and when their caches are filled that they work.
 * Source: kubernetes-sigs/controller-runtime pkg/internal/controller/controller.go (Start), pkg/builder/controller.go;
 * kedacore/keda cmd/operator/main.go.
 */
export function logControllers(context: ContainerContext, log: Zap, withRotator: boolean): void {
  const rows = CONTROLLERS.map(([kind, group, sources, workers]) => ({
    about: { controller: kind.toLowerCase(), controllerGroup: group, controllerKind: kind },
    sources,
    workers,
  }));
  const all = [
    ...(withRotator
      ? [{ about: { controller: "cert-rotator" }, sources: ROTATOR_SOURCES, workers: 1 }]
      : []),
    ...rows,
  ];
  for (const { about, sources } of all) {
    for (const source of sources) {
      log.info("Starting EventSource", { ...about, source: `kind source: *${source}` });
    }
  }
  context.after(SYNC_MS, () => {
    for (const { about, workers } of all) {
      log.info("Starting Controller", about);
      log.info("Starting workers", { ...about, "worker count": workers });
    }
  });
}
