import { editDistance } from "./edit_distance.ts";

/** How many letters two words have in common from the start. */
function sharedStart(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}

/** The candidates that are near, the nearest first; of those that are equally near, those that begin as what was typed. */
function ranked(
  typed: string,
  candidates: Iterable<string>,
  farOf: (candidate: string) => number | undefined,
): { name: string; far: number }[] {
  return [...new Set(candidates)]
    .map((name) => ({
      name,
      far: farOf(name) ?? Infinity,
      shared: sharedStart(typed.toLowerCase(), name.toLowerCase()),
    }))
    .filter(({ far }) => far < Infinity)
    .sort((a, b) => a.far - b.far || b.shared - a.shared || (a.name < b.name ? -1 : 1));
}

/** What a word that was left out of a name counts for: less than a wrong letter. */
const LEFT_OUT = 0.5;

/** How far a name is from another that has each of its words, and more: `http_requests`, `nginx_http_requests_total`. */
function farByWords(name: string, other: string): number | undefined {
  const [typed, there] = [name, other].map((text) =>
    text.split(/[^a-z0-9]+/).filter((word) => word !== "")
  );
  if (typed.length === 0) return undefined;
  let letters = 0;
  for (const word of typed) {
    const near = nearestWord(word, there);
    if (near === undefined) return undefined;
    letters += editDistance(word, near, true);
  }
  return letters + Math.max(0, there.length - typed.length) * LEFT_OUT;
}

/**
 * The names most like `name`, nearest first, by their letters or their words: whole names, or what follows the last `/` in
 * them. Those that are much farther than the first help nobody, and are left out.
 */
export function nearestNames(name: string, names: Iterable<string>, limit = 3): string[] {
  const last = (text: string) => text.slice(text.lastIndexOf("/") + 1).toLowerCase();
  const found = ranked(last(name), names, (other) => {
    const letters = editDistance(last(name), last(other), true);
    const far = Math.min(
      letters <= last(name).length * 0.6 ? letters : Infinity,
      farByWords(last(name), last(other)) ?? Infinity,
    );
    return far + (name === other ? 0 : editDistance(name, other) / 1000);
  });
  return found
    .filter(({ far }) => far <= 2 * found[0].far + 2)
    .slice(0, limit)
    .map((one) => one.name);
}

/** The words that a misspelt one may stand for, nearest first: few letters away, or begun by it. */
export function nearestWords(word: string, words: Iterable<string>, limit = 3): string[] {
  const bound = Math.max(1, Math.floor(word.length / 3));
  const typed = word.toLowerCase();
  return ranked(word, words, (other) => {
    const far = editDistance(typed, other.toLowerCase(), true);
    return far <= bound || (word.length >= 3 && other.toLowerCase().startsWith(typed))
      ? far
      : undefined;
  }).slice(0, limit).map(({ name }) => name);
}

/** The one word that a misspelt one is taken for; undefined when none is near. */
export function nearestWord(word: string, words: readonly string[]): string | undefined {
  const bound = word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3));
  const [first] = ranked(word, words, (other) => {
    const far = editDistance(word.toLowerCase(), other.toLowerCase(), true);
    return far <= bound ? far : undefined;
  });
  return first?.name;
}
