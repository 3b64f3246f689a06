import { compareGo } from "../../../go/mod.ts";
import type { KubeObject, models } from "../../../kube/mod.ts";

export function loadBalancerText({ status }: KubeObject): string {
  const ingress: models.LoadBalancerIngress[] = status?.loadBalancer?.ingress ?? [];
  const names = new Set(ingress.map(({ ip, hostname }) => ip || hostname || "").filter(Boolean));
  return [...names].sort(compareGo).join(",");
}
