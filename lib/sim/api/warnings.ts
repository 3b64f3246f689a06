import { apiVersionOf } from "../../kube/mod.ts";
import { kindOf } from "./kinds/mod.ts";
import type { ResourceType } from "./resources.ts";

/** Source: kubernetes/apiserver pkg/endpoints/filters/warning.go. */
const MAX_TOTAL_CHARS = 4 * 1024;
const MAX_ITEM_CHARS = 256;

/** Adds what more is to be said to a request's warnings, as far as any of it can still be told. */
export function addWarnings(warnings: string[], more: Iterable<string>): void {
  const known = new Set(warnings);
  let length = warnings.reduce((sum, text) => sum + shownLength(text), 0);
  for (const text of more) {
    if (known.has(text)) continue;
    known.add(text);
    warnings.push(text);
    length += shownLength(text);
    if (length > MAX_TOTAL_CHARS) return;
  }
}

/** How many characters of a text count where there is much to tell. */
function shownLength(text: string): number {
  return /\p{Cc}/u.test(text)
    ? 0
    : Math.min([...text.slice(0, 2 * MAX_ITEM_CHARS)].length, MAX_ITEM_CHARS);
}

/**
 * What warns of a request, as the value of its answer's Warning header; undefined when there is nothing to say.
 * Each is told once; those with control characters are not, and many are cut short.
 * Source: kubernetes/apiserver pkg/endpoints/filters/warning.go (AddWarning), kubernetes/apimachinery
 * pkg/util/net/http.go (NewWarningHeader).
 */
export function warningHeader(warnings: readonly string[]): string | undefined {
  const texts = [...new Set(warnings)]
    .filter((text) => text !== "" && !/\p{Cc}/u.test(text))
    .map((text) => [...text.toWellFormed()]);
  const isLong = texts.reduce((sum, { length }) => sum + length, 0) > MAX_TOTAL_CHARS;
  const told: string[] = [];
  let length = 0;
  for (const text of texts) {
    if (isLong && length >= MAX_TOTAL_CHARS) break;
    const shown = isLong ? text.slice(0, MAX_ITEM_CHARS) : text;
    length += shown.length;
    told.push(`299 - "${shown.join("").replace(/["\\]/g, "\\$&")}"`);
  }
  return told.length > 0 ? told.join(", ") : undefined;
}

/**
 * What is said of every request for a version that is on its way out; undefined for others.
 * Source: kubernetes/apiserver pkg/endpoints/deprecation/deprecation.go (WarningMessage), kubernetes/api
 * core/v1/lifecycle.go, apiextensions-apiserver pkg/apiserver/customresource_handler.go.
 */
export function deprecationOf(type: ResourceType): string | undefined {
  const { version, kind, definition } = type;
  if (!definition) return kindOf(type.resource).deprecation;
  const served = definition.spec.versions.find(({ name }: { name: string }) => name === version);
  if (!served?.deprecated) return undefined;
  return served.deprecationWarning ?? `${apiVersionOf(type)} ${kind} is deprecated`;
}
