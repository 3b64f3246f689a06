import type { KubeObject } from "../../kube/mod.ts";
import { kindOf } from "./kinds/mod.ts";

/**
 * Fills in what upstream fills in when an object of a built-in kind is written.
 * @param object is changed in place.
 */
export function applyDefaults(resource: string, object: KubeObject): void {
  const { defaults, specless } = kindOf(resource);
  if (!defaults) return;
  if (!specless) object.spec ??= {};
  defaults(object);
}
