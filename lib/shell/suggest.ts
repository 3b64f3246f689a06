import { editDistance } from "../base/mod.ts";

/** The words most like `word`, nearest first; none when nothing is near. */
export function nearest(word: string, words: Iterable<string>, limit = 3): string[] {
  const bound = Math.max(1, Math.floor(word.length / 3));
  return [...new Set(words)]
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate, true) }))
    .filter(({ candidate, distance }) =>
      distance <= bound || (word.length >= 3 && candidate.startsWith(word))
    )
    .sort((a, b) => a.distance - b.distance || a.candidate.localeCompare(b.candidate))
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}
