import { age, columns } from "../tables/mod.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/flowcontrol/prioritylevelconfiguration/strategy.go. */
export const prioritylevelconfigurations = kind(
  "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io",
  {
    printer: {
      columns: columns(
        "Name:name, Type, NominalConcurrencyShares, Queues, HandSize, QueueLengthLimit, Age",
      ),
      cells: (object, nowMs) => {
        const { type, limited } = object.spec;
        const { queues, handSize, queueLengthLimit } = limited?.limitResponse?.queuing ?? {};
        const shares = limited?.nominalConcurrencyShares;
        return [
          object.metadata.name,
          type,
          ...[shares, queues, handSize, queueLengthLimit].map((value) => value ?? "<none>"),
          age(object, nowMs),
        ];
      },
    },
  },
);
