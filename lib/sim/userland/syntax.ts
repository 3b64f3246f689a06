/*
 * What the shell's parser makes of a script. Texts are byte strings: one character a byte.
 *
 * Parser and shell are written here beside just-bash, which is the learner's shell: that one is Bash, its commands are
 * promises, and what it prints comes when it has ended. A container's is an ash that waits on the cluster's clock,
 * within the container's CPU and memory, and can be killed at any step.
 */

/** A part of a word, before expansion. */
export type WordPart =
  | { kind: "text"; text: string; quoted: boolean }
  | {
    kind: "parameter";
    name: string;
    quoted: boolean;
    /** `:-`, `-`, `:=`, `=`, `:?`, `?`, `:+`, `+`, `#`, `##`, `%`, `%%`, `/`, `//`, `:` (a slice), `length`. */
    operator?: string;
    word?: Word;
    /** The replacement of `/`, the length of a slice. */
    second?: Word;
  }
  | { kind: "command"; script: Sequence; quoted: boolean }
  | { kind: "arithmetic"; expression: Word; quoted: boolean }
  | { kind: "tilde" };

export interface Word {
  parts: WordPart[];
  /** The word's only field, when nothing in it is to be expanded. */
  fixed?: string;
}

export interface Redirect {
  /** `<`, `>`, `>>`, `<&`, `>&`, `<>`, `>|`, `<<`, `<<<`. */
  operator: string;
  fd: number;
  target: Word;
}

export interface Assignment {
  name: string;
  value: Word;
  append: boolean;
}

export type Command =
  | {
    kind: "simple";
    assignments: Assignment[];
    words: Word[];
    redirects: Redirect[];
    /** The words as they are, when none is to be expanded and nothing is assigned or redirected. */
    fixed?: string[];
  }
  | { kind: "group" | "subshell"; body: Sequence; redirects: Redirect[] }
  | {
    kind: "if";
    branches: { test: Sequence; body: Sequence }[];
    otherwise?: Sequence;
    redirects: Redirect[];
  }
  | { kind: "loop"; until: boolean; test: Sequence; body: Sequence; redirects: Redirect[] }
  | { kind: "for"; name: string; words?: Word[]; body: Sequence; redirects: Redirect[] }
  | {
    kind: "count";
    start: Word;
    test: Word;
    step: Word;
    body: Sequence;
    redirects: Redirect[];
  }
  | {
    kind: "case";
    word: Word;
    arms: { patterns: Word[]; body: Sequence }[];
    redirects: Redirect[];
  }
  | { kind: "function"; name: string; body: Command; sourceBytes: number }
  | { kind: "evaluate"; expression: Word; redirects: Redirect[] };

export interface Pipeline {
  negated: boolean;
  commands: Command[];
}

/** Pipelines joined with `&&` and `||`. */
export interface AndOr {
  first: Pipeline;
  rest: { operator: "&&" | "||"; pipeline: Pipeline }[];
  background: boolean;
  /** The text it was read from, for `jobs` and the process table. */
  source: string;
}

export type Sequence = AndOr[];

/** A script that cannot be read. */
export class ShellSyntaxError extends SyntaxError {
  override name = "ShellSyntaxError";
  constructor(
    message: string,
    /** Whether more text could make it whole: an open quote, a loop without `done`. */
    readonly incomplete: boolean,
  ) {
    super(message);
  }
}
