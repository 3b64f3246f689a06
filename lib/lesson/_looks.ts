import type { Asked } from "../labs/mod.ts";
import { groupResource, readPath } from "../kube/mod.ts";
import { fills, stands } from "./_holes.ts";
import type { Output } from "./expect.ts";
import type { Look } from "./lesson.ts";

/** What of a step's {@linkcode Look} was seen so far. */
export interface Seen {
  /** Whether somebody was asked who could tell. */
  asked: boolean;
  shown: Set<Look["shows"][number]>;
}

export function nothingSeen(): Seen {
  return { asked: false, shown: new Set() };
}

/** What a line shows once nothing is changed by it any more: what it prints, and whom it asked for that. */
function afterItsChanges({ stdout, stderr, printed = stdout + stderr, asked = [] }: Output) {
  const last = asked.findLastIndex(({ writes }) => writes);
  return {
    printed,
    asked: asked.slice(last + 1),
    text: last < 0 ? printed : printed.slice(asked[last].printed),
  };
}

/** Whether a line asks what a look asks, after all that it changes. */
export function asksFor(look: Look, output: Output): boolean {
  return look.asks.length === 0 || asksOf(look, afterItsChanges(output).asked).length > 0;
}

function asksOf(look: Look, asked: readonly Asked[]): Asked[] {
  return asked.filter(({ target }) => look.asks.some((ask) => isAskedBy(ask, target)));
}

/**
 * What a line may show of a look: what it printed once it had asked, or, where it asks nobody, all of it, unless it changes
 * something: what it says then is of that. `clock +1m` says the time.
 */
function textOf(look: Look, ran: Output): string {
  const { asked, text, printed } = afterItsChanges(ran);
  if (look.asks.length === 0) return text;
  const asks = asksOf(look, asked);
  if (asks.length > 0) return printed.slice(Math.min(...asks.map((one) => one.printed)));
  return ran.asked?.some(({ writes }) => writes) ? "" : printed;
}

/** Notes what a line shows of a look; whether it shows any of it, or asks for it. */
export function notice(look: Look, seen: Seen, ran: Output & { line: string }): boolean {
  const asks = asksFor(look, ran);
  seen.asked ||= asks;
  if (!seen.asked) return false;
  const text = textOf(look, ran);
  const shown = look.shows.filter((one) =>
    (typeof one === "string" ? [one] : one).some((pattern) => stands(pattern, text))
  );
  const words = ran.line.split(/[^\w-]+/);
  const found = asks && look.names?.every((name) => words.includes(name));
  for (const one of found ? look.shows : shown) seen.shown.add(one);
  return asks || shown.length > 0;
}

/** Notes what was looked at elsewhere, in a browser: what of it was seen there nobody knows, and all of it counts. */
export function noticePages(look: Look, seen: Seen, pages: readonly string[]): void {
  const isOpened = pages.some((target) =>
    look.asks.some((ask) => ask.startsWith(":") && isAskedBy(ask, target))
  );
  if (!isOpened) return;
  seen.asked = true;
  for (const one of look.shows) seen.shown.add(one);
}

/** Whether all of a look was seen. */
export function isAllSeen(look: Look, seen: Seen): boolean {
  return seen.asked && look.shows.every((one) => seen.shown.has(one));
}

/** Subresources by which a page is asked from within the cluster. */
const WAYS_IN = ["exec", "attach", "portforward", "proxy"];

function isAskedBy(ask: string, target: string): boolean {
  const isPage = target.startsWith(":");
  const named = isPage ? undefined : readPath(target.split("/").slice(1));
  if (ask.startsWith(":")) {
    return isPage ? fills(`${ask}<any>`, target) : WAYS_IN.includes(named?.subresource ?? "");
  }
  if (ask.startsWith("/")) return !isPage && isBelow(target, ask);
  if (!named) return false;
  const { subresource } = named;
  return ask === groupResource(named) + (subresource ? `/${subresource}` : "");
}

/**
 * Whether a path is what a pattern names, or below it; `*` for an object's name asks for all there are, and so for the one
 * that is named.
 */
function isBelow(path: string, pattern: string): boolean {
  const [parts, wanted] = [path, pattern].map((text) =>
    text.split("/").filter((part) => part !== "")
  );
  const space = parts.indexOf("namespaces");
  return wanted.every((part, i) =>
    fills(part, parts[i] ?? "") || parts[i] === "*" && space >= 0 && i === space + 3
  );
}
