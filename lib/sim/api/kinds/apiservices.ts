import { conditionOf } from "../../../kube/mod.ts";
import { age, columns } from "../tables/mod.ts";
import { checkApiService } from "../validation/mod.ts";
import { fallback } from "./_defaulting.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kube-aggregator pkg/registry/apiservice/strategy.go. */
export const apiservices = kind("apiservices.apiregistration.k8s.io", {
  countsChanges: false,
  defaults: ({ spec }) => {
    if (spec.service) fallback(spec.service, { port: 443 });
  },
  validate: checkApiService,
  // Source: kubernetes/kube-aggregator pkg/registry/apiservice/etcd/etcd.go.
  printer: {
    columns: columns("Name:name, Service, Available, Age"),
    cells: (object, nowMs) => {
      const service = object.spec?.service;
      const available = conditionOf(object, "Available");
      return [
        object.metadata.name,
        service ? `${service.namespace}/${service.name}` : "Local",
        !available
          ? "Unknown"
          : available.status === "True"
          ? "True"
          : `${available.status} (${available.reason})`,
        age(object, nowMs),
      ];
    },
  },
});
