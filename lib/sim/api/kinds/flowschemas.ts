import { compareGo } from "../../../go/mod.ts";
import { conditionOf } from "../../../kube/mod.ts";
import { age, columns } from "../tables/mod.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/flowcontrol/flowschema/strategy.go. */
export const flowschemas = kind("flowschemas.flowcontrol.apiserver.k8s.io", {
  printer: {
    columns: columns(
      "Name:name, PriorityLevel, MatchingPrecedence, DistinguisherMethod, Age, MissingPL",
    ),
    // Source: kubernetes/apiserver pkg/util/apihelpers/helpers.go (FlowSchemaSequence).
    order: (a, b) =>
      a.spec.matchingPrecedence - b.spec.matchingPrecedence ||
      compareGo(a.metadata.name, b.metadata.name),
    cells: (object, nowMs) => {
      const { priorityLevelConfiguration, matchingPrecedence, distinguisherMethod } = object.spec;
      return [
        object.metadata.name,
        priorityLevelConfiguration.name,
        matchingPrecedence,
        distinguisherMethod?.type ?? "<none>",
        age(object, nowMs),
        conditionOf(object, "Dangling")?.status ?? "?",
      ];
    },
  },
});
