import type { Seen } from "../hop.ts";
import { podsText } from "../pods.ts";
import { asIs, said } from "../said.ts";
import type { Scaled } from "../scaled.ts";

/** How what is scaled stands: `Deployment web: 1 replica, pod web-5d8b…`. */
export function targetSeen({ kind, name, scale, pods }: Scaled): Seen {
  const object = `${kind} ${name}`;
  if ("error" in scale) return { object, state: "waits", saw: asIs(scale.error) };
  const { specReplicas } = scale;
  const some = pods.length === 0 ? said("no pod", "파드 없음") : podsText(pods);
  return {
    object,
    state: "ok",
    saw: said(
      `${specReplicas} ${specReplicas === 1 ? "replica" : "replicas"}, ${some.en}`,
      `레플리카 ${specReplicas}개, ${some.ko}`,
    ),
  };
}
