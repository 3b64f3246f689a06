import { setOwn } from "../../../go/mod.ts";
import { partsOf, type RouteConfig } from "./route_config.ts";
import type { Names } from "./texts.ts";

/** A route, and what the parts of a path are that it names. */
export interface Found {
  route: RouteConfig;
  names: Names;
}

/** The route of a path: the one with the fewest parts that stand for any, and `*` after all others. */
export function findRoute(routes: readonly RouteConfig[], path: string): Found | undefined {
  const found = routes.flatMap((route) => {
    const names = namesOf(partsOf(route.path), partsOf(path));
    return names ? [{ route, names }] : [];
  });
  return found.sort((a, b) => looseness(a.route) - looseness(b.route))[0];
}

function looseness({ path }: RouteConfig): number {
  // Of two that end with *, the longer one is nearer.
  if (path.endsWith("/*")) return 1_000_000 - path.length;
  return partsOf(path).filter((part) => part.startsWith("$")).length;
}

function namesOf(wanted: readonly string[], parts: readonly string[]): Names | undefined {
  const isOpen = wanted.at(-1) === "*";
  const fixed = isOpen ? wanted.slice(0, -1) : wanted;
  if (isOpen ? parts.length < fixed.length : parts.length !== fixed.length) return undefined;
  const names: Record<string, string> = {};
  for (const [i, want] of fixed.entries()) {
    if (want.startsWith("$") && parts[i] !== "") setOwn(names, want.slice(1), parts[i]);
    else if (want !== parts[i]) return undefined;
  }
  return names;
}
