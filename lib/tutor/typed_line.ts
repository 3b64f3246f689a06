import { isGuess } from "./guess.ts";
import type { Verb } from "./verb.ts";
import { verbNamed } from "./verbs.ts";

/** What a typed line is for; it is read here, once, and nowhere else in the tutor. */
export type TypedLine =
  | { kind: "nothing" }
  | { kind: "verb"; verb: Verb; words: string[] }
  /** A number, where the open step asks for one. */
  | { kind: "guess"; text: string }
  | { kind: "shell"; text: string; opensEditor: boolean };

export function readTyped(text: string, isAsking = false): TypedLine {
  const line = text.trim();
  if (line === "") return { kind: "nothing" };
  const words = line.split(/\s+/);
  const [first, ...rest] = words;
  const verb = line.includes("\n") ? undefined : verbNamed(first);
  const isTaken = verb && rest.length <= (verb.isAlone ? 0 : verb.most ?? 1) &&
    (verb.suits?.(rest) ?? true);
  if (isTaken) return { kind: "verb", verb, words: rest };
  if (isAsking && isGuess(line)) return { kind: "guess", text: line };
  const opensEditor = /(^|[;&|]\s*|^\$\s+|\bkubectl\s.*)edit\s/.test(line);
  return { kind: "shell", text, opensEditor };
}
