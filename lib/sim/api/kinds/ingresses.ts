import { quote } from "../../../go/mod.ts";
import type { Loose, models } from "../../../kube/mod.ts";
import { age, columns } from "../tables/mod.ts";
import { checkIngress } from "../validation/mod.ts";
import { kind } from "./_kind.ts";
import { loadBalancerText } from "./_load_balancer.ts";

const CLASS = "kubernetes.io/ingress.class";

/** Source: kubernetes/kubernetes pkg/registry/networking/ingress/strategy.go. */
export const ingresses = kind("ingresses.networking.k8s.io", {
  validate: checkIngress,
  warnings: ({ metadata }) =>
    metadata.annotations?.[CLASS] === undefined ? [] : [
      `annotation ${quote(CLASS)} is deprecated, please use 'spec.ingressClassName' instead`,
    ],
  // Upstream says it of new ones alone.
  warnedOnUpdate: () => undefined,
  printer: {
    columns: columns("Name:name, Class, Hosts, Address, Ports, Age"),
    cells: (object, nowMs) => [
      object.metadata.name,
      object.spec?.ingressClassName ?? "<none>",
      hostsText(object.spec?.rules ?? []),
      loadBalancerText(object),
      object.spec?.tls?.length ? "80, 443" : "80",
      age(object, nowMs),
    ],
  },
});

function hostsText(rules: Loose<models.IngressRule>[]): string {
  const hosts: string[] = [];
  let more = false;
  for (const { host } of rules) {
    more ||= hosts.length === 3;
    if (!more && host) hosts.push(host);
  }
  if (hosts.length === 0) return "*";
  return more ? `${hosts.join(",")} + ${rules.length - 3} more...` : hosts.join(",");
}
