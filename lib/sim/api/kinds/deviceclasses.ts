import { kind } from "./_kind.ts";
import { nameAndAge } from "./_name_and_age.ts";

/** Source: kubernetes/kubernetes pkg/registry/resource/deviceclass/strategy.go. */
export const deviceclasses = kind("deviceclasses.resource.k8s.io", {
  returnsDeleted: true,
  printer: nameAndAge,
});
