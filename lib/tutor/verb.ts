import type { Language } from "../lesson/mod.ts";
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
  readonly takes?: (teaching: Teaching) => readonly string[];
  /** Goes to another time, and is nothing to be undone itself. */
  readonly travels?: true;
  run(teaching: Teaching, word?: string): void | Promise<void>;
}
