import type { KubeObject, StatusCause } from "../../kube/mod.ts";
import { kindOf } from "./kinds/mod.ts";
import type { ResourceType } from "./resources.ts";
import { Causes, checkMetadata, checkPlainFinalizers, checkStatus } from "./validation/mod.ts";

/**
 * What is wrong with an object of a built-in kind, in upstream's words; empty for a good one. `object` has
 * its defaults and is in its storage version; `previous` is what it replaces.
 * Covered are the mistakes that people make; what else upstream refuses passes.
 */
export function validate(
  type: Pick<ResourceType, "group" | "resource">,
  object: KubeObject,
  previous: KubeObject | undefined,
): StatusCause[] {
  const causes = new Causes();
  checkMetadata(causes, type.resource, object);
  checkPlainFinalizers(causes, type.resource, object);
  kindOf(type.resource).validate?.(causes, object, previous, type);
  return causes.list;
}

/** What is wrong with a status that comes from outside. */
export function statusFaults(
  resource: string,
  object: KubeObject,
  previous: KubeObject,
): StatusCause[] {
  const causes = new Causes();
  const { statusRules } = kindOf(resource);
  if (statusRules) checkStatus(causes, statusRules, object, previous);
  return causes.list;
}
