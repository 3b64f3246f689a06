import { editDistance } from "../../base/mod.ts";

/** The names that are most like one, the nearest first. */
export function likeIt(metric: string, names: readonly string[]): string[] {
  return names.filter((name) => name !== metric)
    .map((name) => ({ name, distance: distanceOf(name, metric) }))
    .filter(({ distance }) => distance <= Math.max(2, metric.length / 4))
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, 3).map(({ name }) => name);
}

/** A name within another is near, whatever stands around it. */
function distanceOf(name: string, metric: string): number {
  if (name.startsWith(metric) || metric.startsWith(name)) return 1;
  return editDistance(name, metric);
}
