import { editDistance } from "./edit_distance.ts";

/** The names most like `name`, nearest first: whole names, or what follows the last `/` in them. */
export function nearestNames(name: string, names: Iterable<string>, limit = 3): string[] {
  const last = (text: string) => text.slice(text.lastIndexOf("/") + 1);
  const distance = (other: string) =>
    editDistance(last(name), last(other), true) +
    (name === other ? 0 : editDistance(name, other) / 1000);
  return [...new Set(names)]
    .map((other) => ({ other, far: distance(other) }))
    .filter(({ far }) => far <= last(name).length * 0.6)
    .sort((a, b) => a.far - b.far || (a.other < b.other ? -1 : 1))
    .slice(0, limit)
    .map(({ other }) => other);
}

/** The one word that a misspelt one is taken for; undefined when none is near. */
export function nearestWord(word: string, words: readonly string[]): string | undefined {
  const bound = word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3));
  return words
    .map((other) => ({ other, far: editDistance(word.toLowerCase(), other.toLowerCase(), true) }))
    .filter(({ far }) => far <= bound)
    .sort((a, b) => a.far - b.far)[0]?.other;
}
