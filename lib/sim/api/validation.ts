import type { KubeObject, StatusCause } from "../../kube/mod.ts";

/** What is wrong with an object of a built-in kind. */
export function validate(
  _resource: string,
  _object: KubeObject,
  _previous: KubeObject | undefined,
): StatusCause[] {
  return [];
}
