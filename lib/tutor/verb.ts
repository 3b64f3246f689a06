import type { Language } from "../lesson/mod.ts";
import type { Presenter } from "./present.ts";
import type { Teaching } from "./teaching.ts";

/** A row of the help screen in each language: how a verb is typed, and what it does. */
export type HelpRow = Readonly<Record<Language, readonly [typed: string, does: string]>>;

/** A word for the tutor. */
export interface Verb {
  readonly name: string;
  /** Other words for the same. */
  readonly aliases?: readonly string[];
  /** Verbs that share a row have the same one. */
  readonly help?: HelpRow;
  /** What may stand after it, for completion; a verb without takes no word. */
  readonly takes?: (teaching: Teaching) => readonly string[] | Promise<readonly string[]>;
  /** How many words may stand after it; 1 when it does not say. A verb of more judges them itself. */
  readonly most?: number;
  /** Whether it is a verb only without a word; with one it is a command of the shell. */
  readonly isAlone?: boolean;
  /** Whether these words are meant for it, where a command of the shell has its name too. */
  readonly suits?: (words: readonly string[]) => boolean;
  /** What was likely meant, by words that are the shell's by {@linkcode suits} and do little there. */
  readonly likely?: (words: readonly string[]) => string | undefined;
  /** It is about the open step: there has to be one, and what is done has to count. */
  readonly ofStep?: true;
  /** Goes to another time, and is nothing to be undone itself. */
  readonly travels?: true;
  run(teaching: Teaching, ...words: string[]): void | Promise<void>;
}

/** What a verb is for, for who gives it words that it does not take. */
export function explainVerb(present: Presenter, { name, help }: Verb): void {
  present.labelled([[...help?.[present.language] ?? [name, present.words.verbsHead] as const]]);
}
