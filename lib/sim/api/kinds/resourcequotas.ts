import { compareGo } from "../../../go/mod.ts";
import { quantityText } from "../../../kube/mod.ts";
import { age, columns } from "../tables/mod.ts";
import { checkQuota } from "../validation/mod.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/core/resourcequota/strategy.go. */
export const resourcequotas = kind("resourcequotas", {
  countsChanges: false,
  returnsDeleted: true,
  validate: checkQuota,
  printer: {
    columns: columns("Name:name, Request, Limit, Age"),
    cells: (object, nowMs) => {
      const { hard = {}, used = {} } = object.status ?? {};
      const names = Object.keys(hard).sort(compareGo);
      const text = (limits: boolean) =>
        names.filter((name) => (/^limits\./.test(name)) === limits)
          .map((name) => `${name}: ${quantityText(used[name])}/${quantityText(hard[name])}`).join(
            ", ",
          );
      return [object.metadata.name, text(false), text(true), age(object, nowMs)];
    },
  },
});
