import { kind } from "./_kind.ts";
import { nameAndAge } from "./_name_and_age.ts";

/** Source: kubernetes/kubernetes pkg/registry/core/serviceaccount/strategy.go. */
export const serviceaccounts = kind("serviceaccounts", {
  countsChanges: false,
  returnsDeleted: true,
  printer: nameAndAge,
});
