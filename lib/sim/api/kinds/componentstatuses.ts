import { type Condition, conditionOf, type KubeObject } from "../../../kube/mod.ts";
import { columns } from "../tables/mod.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/core/componentstatus/rest.go. */
export const componentstatuses = kind("componentstatuses", {
  deprecation: "v1 ComponentStatus is deprecated in v1.19+",
  printer: {
    columns: columns("Name:name, Status, Message, Error"),
    cells: ({ metadata, conditions }: KubeObject & { conditions?: Condition[] }) => {
      const healthy: Condition & { error?: string } | undefined = conditionOf(
        { status: { conditions } },
        "Healthy",
      );
      const status = !healthy ? "Unknown" : healthy.status === "True" ? "Healthy" : "Unhealthy";
      return [metadata.name, status, healthy?.message ?? "", healthy?.error ?? ""];
    },
  },
});
