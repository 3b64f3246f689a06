import type { ResourceRegistry } from "./resources.ts";

export function openApiIndex(_registry: ResourceRegistry): unknown {
  return { paths: {} };
}

export function openApiDocument(_registry: ResourceRegistry, _path: string): unknown {
  return undefined;
}
