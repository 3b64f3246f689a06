import { kind } from "./_kind.ts";
import { nameAndAge } from "./_name_and_age.ts";

/** Source: kubernetes/kubernetes pkg/registry/resource/resourceclaimtemplate/strategy.go. */
export const resourceclaimtemplates = kind("resourceclaimtemplates.resource.k8s.io", {
  countsChanges: false,
  returnsDeleted: true,
  printer: nameAndAge,
});
