import { ScalerError } from "./typed_config.ts";

/** What a path leads to: a JSON value, or nothing. */
export type Found = { value: unknown } | undefined;

/** Marks of a path that choose among elements, rearrange them or join several paths. */
const BEYOND = /^[[{@!]|\.\.|[.|][@[{!]|#\(/;

/**
 * Follows a GJSON path through a parsed document: keys and indices with a dot or a bar between them, `*` and `?` in
 * keys, `\` before a character that is meant as it is, `#` for the number of elements and `#.key` for those of each.
 * Errors: ScalerError for a path with a query, a modifier or a multipath.
 * Source: tidwall/gjson SYNTAX.md, gjson.go (Get).
 * Differs: paths with queries, modifiers or multipaths are refused; of two fields with one name the last counts, and a
 * pattern sees those first whose names are whole numbers.
 */
export function findByPath(document: unknown, path: string): Found {
  if (BEYOND.test(path.replace(/\\./gs, "_"))) {
    throw new ScalerError(
      `valueLocation ${JSON.stringify(path)}: queries, modifiers and multipaths of GJSON are not ` +
        "simulated in this lab; name the value by its keys: tasks.pending, or queues.0.length",
    );
  }
  let found: Found = { value: document };
  for (const segment of segmentsOf(path)) found = found && follow(found.value, segment);
  return found;
}

/** A part of a path: its characters, each with whether it stands for itself. */
type Part = readonly { char: string; plain: boolean }[];

/** What stands between bars, in its parts: after a bar a path goes on from all that was found, as one value. */
function segmentsOf(path: string): Part[][] {
  const segments: { char: string; plain: boolean }[][][] = [[[]]];
  for (let i = 0; i < path.length; i++) {
    const parts = segments.at(-1)!;
    const char = path[i];
    if (char === "\\" && i + 1 < path.length) parts.at(-1)!.push({ char: path[++i], plain: true });
    else if (char === "|") segments.push([[]]);
    else if (char === ".") parts.push([]);
    else parts.at(-1)!.push({ char, plain: char !== "*" && char !== "?" });
  }
  return segments;
}

function follow(value: unknown, [part, ...rest]: Part[]): Found {
  if (part === undefined) return { value };
  const name = part.map(({ char }) => char).join("");
  if (Array.isArray(value)) {
    if (name === "#" && rest.length === 0) return { value: value.length };
    if (name === "#") return { value: value.flatMap((each) => valuesOf(follow(each, rest))) };
    return /^\d+$/.test(name) && Number(name) < value.length
      ? follow(value[Number(name)], rest)
      : undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const fields = value as Record<string, unknown>;
  if (part.every(({ plain }) => plain)) {
    return Object.hasOwn(fields, name) ? follow(fields[name], rest) : undefined;
  }
  for (const key of Object.keys(fields)) {
    const found = isLike(key, part) && follow(fields[key], rest);
    if (found) return found;
  }
  return undefined;
}

function valuesOf(found: Found): unknown[] {
  return found ? [found.value] : [];
}

/** Whether a key is as a pattern says; each star is tried at one place alone, so that the work stays small. */
function isLike(key: string, pattern: Part): boolean {
  let [at, from] = [0, 0];
  let star: [pattern: number, key: number] | undefined;
  while (at < key.length) {
    const { char, plain } = pattern[from] ?? { char: "", plain: true };
    if (!plain && char === "*") star = [++from, at];
    else if (from < pattern.length && (plain ? char === key[at] : true)) {
      [at, from] = [at + 1, from + 1];
    } else if (star) [from, at] = [star[0], ++star[1]];
    else return false;
  }
  return pattern.slice(from).every(({ char, plain }) => !plain && char === "*");
}
