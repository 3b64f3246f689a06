import type { ObjectOf } from "../../../kube/mod.ts";
import { columns, containerTexts, labelsText } from "../tables/mod.ts";
import { kind } from "./_kind.ts";
import { podSpec } from "./_pod_defaults.ts";

/** Source: kubernetes/kubernetes pkg/registry/core/podtemplate/strategy.go. */
export const podtemplates = kind("podtemplates", {
  specless: true,
  returnsDeleted: true,
  defaults: ({ template }) => podSpec(template?.spec),
  podSpecAt: "template.spec",
  printer: {
    columns: columns("Name:name, Containers, Images, Pod Labels"),
    cells: (object: ObjectOf<"podtemplates">) => [
      object.metadata.name,
      ...containerTexts(object.template),
      labelsText(object.template?.metadata?.labels),
    ],
  },
});
