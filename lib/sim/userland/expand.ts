import { ArithmeticError, evaluate } from "./arithmetic.ts";
import { CHECKPOINT, type Task } from "./channels.ts";
import { Glob, type Matching } from "./glob.ts";
import type { Sequence, Word, WordPart } from "./syntax.ts";

type Parameter = WordPart & { kind: "parameter" };

/** What expansion asks of the shell. */
export interface ExpansionScope {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
  /** `$1` and on. */
  readonly parameters: readonly string[];
  /** Runs a script and gives what it printed. */
  capture(script: Sequence): Task<string>;
  /** Paths that a pattern matches, sorted. */
  glob(pattern: string): Task<string[]>;
  /** Whether an unset variable is an error. */
  readonly strict: boolean;
  readonly noGlob: boolean;
  /** Takes memory that the command needs until it is done. Errors: OutOfMemory. */
  grow(bytes: number): void;
  /** Notes that so many characters were looked at one by one. */
  scan(chars: number): void;
}

/** What a field, and one more piece of it, takes beside the text. */
const FIELD_BYTES = 64;
const PIECE_BYTES = 48;

/** An expansion that ends the command, with the shell's words. */
export class ExpansionError extends Error {
  override name = "ExpansionError";
}

interface Piece {
  text: string;
  quoted: boolean;
}

/** A field in the making: its pieces, of which those that were quoted stand for themselves. */
class Field {
  /** Most fields have but one piece. */
  #more: Piece[] | undefined;
  isPattern: boolean;

  constructor(private readonly first: string, private readonly quoted: boolean) {
    this.isPattern = !quoted && GLOB.test(first);
  }

  add(text: string, quoted: boolean): void {
    (this.#more ??= []).push({ text, quoted });
    if (!quoted && GLOB.test(text)) this.isPattern = true;
  }

  get text(): string {
    return this.#more ? this.#more.reduce((all, { text }) => all + text, this.first) : this.first;
  }

  /** The pattern that it is, in which what was quoted is escaped. */
  get pattern(): string {
    return [{ text: this.first, quoted: this.quoted }, ...this.#more ?? []]
      .map(({ text, quoted }) => quoted ? text.replace(SPECIAL, "\\$&") : text).join("");
  }
}

const GLOB = /[*?[]/;
const SPECIAL = /[\\*?[\]!^-]/g;

/** The fields that words are split into. */
class Fields {
  readonly out: Field[] = [];
  #open: Field | undefined;

  constructor(private readonly scope: Pick<ExpansionScope, "grow" | "scan">) {}

  add(text: string, quoted: boolean): void {
    if (this.#open) {
      this.scope.grow(text.length + PIECE_BYTES);
      this.#open.add(text, quoted);
    } else {
      this.scope.grow(text.length + FIELD_BYTES);
      this.#open = new Field(text, quoted);
    }
  }

  /** The present field ends, if there is one. */
  cut(): void {
    if (this.#open) this.out.push(this.#open);
    this.#open = undefined;
  }

  /** Text that came out of an unquoted expansion: it is split. */
  split(text: string, ifs: string): void {
    if (ifs === "") {
      if (text !== "") this.add(text, false);
      return;
    }
    this.scope.scan(text.length / 4);
    const isDefault = ifs === " \t\n";
    const pattern = isDefault ? /[ \t\n]+/ : separators(ifs);
    const isBlank = (char: string) => " \t\n".includes(char) && ifs.includes(char);
    let start = 0;
    while (start < text.length && isBlank(text[start])) start++;
    if (start > 0) this.cut();
    const rest = text.slice(start);
    // The pieces are there all at once.
    this.scope.grow(FIELD_BYTES / 2 * countOf(rest, ifs));
    const pieces = rest.split(pattern);
    pieces.forEach((piece, i) => {
      if (i > 0) this.cut();
      const last = i === pieces.length - 1;
      if (piece !== "" || (!last && !isDefault)) this.add(piece, false);
    });
  }
}

/** How many characters of a text are among `chars`. */
function countOf(text: string, chars: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) if (chars.includes(text[i])) count++;
  return count;
}

function separators(ifs: string): RegExp {
  const escape = (text: string) => text.replace(/[\\\]^-]/g, "\\$&");
  const spaces = escape([...ifs].filter((char) => " \t\n".includes(char)).join(""));
  const others = escape([...ifs].filter((char) => !" \t\n".includes(char)).join(""));
  if (others === "") return new RegExp(`[${spaces}]+`);
  if (spaces === "") return new RegExp(`[${others}]`);
  return new RegExp(`[${spaces}]*[${others}][${spaces}]*|[${spaces}]+`);
}

/** The fields that words expand to, globbing included. */
export function* expandWords(scope: ExpansionScope, words: readonly Word[]): Task<string[]> {
  const out: string[] = [];
  for (const word of words) {
    if (word.fixed !== undefined) {
      out.push(word.fixed);
      continue;
    }
    const fields = new Fields(scope);
    yield* expandParts(scope, word.parts, fields);
    fields.cut();
    for (const field of fields.out) {
      const found = field.isPattern && !scope.noGlob ? yield* scope.glob(field.pattern) : [];
      if (found.length === 0) out.push(field.text);
      for (const path of found) out.push(path);
    }
  }
  return out;
}

/** The one text a word expands to where fields are not split: in assignments and redirections. */
export function* expandText(scope: ExpansionScope, word: Word): Task<string> {
  if (word.fixed !== undefined) return word.fixed;
  return (yield* expandWhole(scope, word))?.text ?? "";
}

/** The pattern a word expands to, with what was quoted escaped. */
export function* expandPattern(scope: ExpansionScope, word: Word): Task<string> {
  return (yield* expandWhole(scope, word))?.pattern ?? "";
}

function* expandWhole(scope: ExpansionScope, word: Word): Task<Field | undefined> {
  const fields = new Fields(scope);
  for (const part of word.parts) {
    if (part.kind === "parameter" && (part.name === "@" || part.name === "*") && !part.operator) {
      fields.add(joined(scope, " "), true);
    } else if (part.kind === "text" || part.kind === "tilde") {
      yield* expandParts(scope, [part], fields);
    } else {
      const value = yield* partValue(scope, part);
      fields.add(value.text, part.quoted || value.quoted);
    }
  }
  fields.cut();
  return fields.out[0];
}

/** All of `$1` and on in one text. */
function joined(scope: ExpansionScope, separator: string): string {
  scope.grow(scope.parameters.reduce((sum, { length }) => sum + length + 1, 0));
  return scope.parameters.join(separator);
}

function* expandParts(
  scope: ExpansionScope,
  parts: readonly WordPart[],
  fields: Fields,
): Task<void> {
  for (const part of parts) {
    switch (part.kind) {
      case "text":
        fields.add(part.text, part.quoted);
        break;
      case "tilde":
        fields.add(scope.get("HOME") ?? "/root", true);
        break;
      default:
        yield* expandPart(scope, part, fields);
    }
  }
}

function* expandPart(
  scope: ExpansionScope,
  part: Exclude<WordPart, { kind: "text" | "tilde" }>,
  fields: Fields,
): Task<void> {
  if (part.kind === "parameter" && (part.name === "@" || part.name === "*") && !part.operator) {
    expandAll(scope, part, fields);
    return;
  }
  if (part.kind === "parameter" && /^:?[-+]$/.test(part.operator ?? "")) {
    const value = parameterValue(scope, part.name);
    const missing = value === undefined || (part.operator!.startsWith(":") && value === "");
    if (part.operator!.endsWith("+") ? !missing : missing) {
      // The word's own quotes hold; unquoted text in it is split like any other.
      for (const inner of part.word?.parts ?? []) {
        if (inner.kind === "text" && !inner.quoted && !part.quoted) {
          fields.split(inner.text, scope.get("IFS") ?? " \t\n");
        } else yield* expandParts(scope, [inner], fields);
      }
      if (part.quoted) fields.add("", true);
      return;
    }
    if (part.operator!.endsWith("+")) {
      if (part.quoted) fields.add("", true);
      return;
    }
  }
  const { text } = yield* partValue(scope, part);
  if (part.quoted) fields.add(text, true);
  else fields.split(text, scope.get("IFS") ?? " \t\n");
}

/** `$@` and `$*`. */
function expandAll(scope: ExpansionScope, part: Parameter, fields: Fields): void {
  const { parameters } = scope;
  const ifs = scope.get("IFS") ?? " \t\n";
  if (part.quoted && part.name === "*") {
    fields.add(joined(scope, ifs === "" ? "" : ifs[0]), true);
    return;
  }
  parameters.forEach((value, i) => {
    if (i > 0) fields.cut();
    if (part.quoted) fields.add(value, true);
    else fields.split(value, ifs);
  });
}

function* partValue(
  scope: ExpansionScope,
  part: Exclude<WordPart, { kind: "text" | "tilde" }>,
): Task<{ text: string; quoted: boolean }> {
  if (part.kind === "command") {
    const text = yield* scope.capture(part.script);
    return { text: withoutNewlines(text), quoted: false };
  }
  if (part.kind === "arithmetic") {
    const expression = yield* expandText(scope, part.expression);
    return { text: String(arithmetic(scope, expression)), quoted: false };
  }
  return { text: yield* parameterText(scope, part), quoted: false };
}

function withoutNewlines(text: string): string {
  let end = text.length;
  while (text[end - 1] === "\n") end--;
  return text.slice(0, end);
}

/** Errors: ExpansionError. */
export function arithmetic(scope: ExpansionScope, expression: string): bigint {
  scope.grow(expression.length * TOKEN_BYTES);
  scope.scan(32 + expression.length);
  try {
    return evaluate(expression, scope);
  } catch (error) {
    if (!(error instanceof ArithmeticError)) throw error;
    throw new ExpansionError(error.message);
  }
}

/** What a character of an arithmetic expression takes, at worst. */
const TOKEN_BYTES = 16;

function parameterValue(scope: ExpansionScope, name: string): string | undefined {
  if (name === "@" || name === "*") {
    return scope.parameters.length > 0 ? joined(scope, " ") : undefined;
  }
  return scope.get(name);
}

function* parameterText(scope: ExpansionScope, part: Parameter): Task<string> {
  const { name, operator } = part;
  const value = parameterValue(scope, name);
  const isEmpty = value === undefined || value === "";
  switch (operator) {
    case undefined:
    case "length":
      if (value === undefined && scope.strict && !"@*#?-$!".includes(name)) {
        throw new ExpansionError(`${name}: parameter not set`);
      }
      if (operator === undefined) return value ?? "";
      return String(name === "@" || name === "*" ? scope.parameters.length : (value ?? "").length);
    case "-":
    case ":-":
      if (operator === "-" ? value === undefined : isEmpty) {
        return yield* expandText(scope, part.word!);
      }
      return value!;
    case "+":
    case ":+":
      return (operator === "+" ? value === undefined : isEmpty)
        ? ""
        : yield* expandText(scope, part.word!);
    case "=":
    case ":=": {
      if (!(operator === "=" ? value === undefined : isEmpty)) return value!;
      const text = yield* expandText(scope, part.word!);
      scope.set(name, text);
      return text;
    }
    case "?":
    case ":?": {
      if (!(operator === "?" ? value === undefined : isEmpty)) return value!;
      const text = yield* expandText(scope, part.word!);
      throw new ExpansionError(`${name}: ${text || "parameter not set"}`);
    }
    case "#":
    case "##":
    case "%":
    case "%%":
      return yield* strip(scope, value ?? "", {
        operator,
        pattern: yield* expandPattern(scope, part.word!),
      });
    case "/":
    case "//": {
      const pattern = yield* expandPattern(scope, part.word!);
      const replacement = part.second ? yield* expandText(scope, part.second) : "";
      return yield* substitute(scope, value ?? "", {
        pattern,
        replacement,
        all: operator === "//",
      });
    }
    default: {
      const from = Number(arithmetic(scope, yield* expandText(scope, part.word!)));
      const length = part.second
        ? Number(arithmetic(scope, yield* expandText(scope, part.second)))
        : undefined;
      const text = value ?? "";
      const start = from < 0 ? Math.max(0, text.length + from) : from;
      return text.slice(
        start,
        length === undefined ? undefined : length < 0 ? length : start + length,
      );
    }
  }
}

/** A pattern that a word expanded to. Errors: OutOfMemory. */
export function patternOf(scope: ExpansionScope, pattern: string): Glob {
  scope.grow(pattern.length * PLACE_BYTES);
  scope.scan(pattern.length / 4);
  return new Glob(pattern);
}

/** What a place of a pattern takes. */
const PLACE_BYTES = 16;

/** Matches, and pauses now and then. */
export function* matched<T>(scope: ExpansionScope, matching: Matching<T>): Task<T> {
  for (let step = matching.next();; step = matching.next()) {
    if (step.done) return step.value;
    scope.scan(step.value);
    yield CHECKPOINT;
  }
}

function* strip(
  scope: ExpansionScope,
  value: string,
  { operator, pattern }: { operator: string; pattern: string },
): Task<string> {
  const glob = patternOf(scope, pattern);
  const longest = operator.length === 2;
  scope.scan(value.length);
  const isPrefix = operator.startsWith("#");
  const at = yield* matched(
    scope,
    isPrefix ? glob.prefix(value, { longest }) : glob.suffix(value, { longest }),
  );
  if (at < 0) return value;
  return isPrefix ? value.slice(at) : value.slice(0, at);
}

function* substitute(
  scope: ExpansionScope,
  value: string,
  options: { pattern: string; replacement: string; all: boolean },
): Task<string> {
  const { pattern, replacement, all } = options;
  if (pattern === "") return value;
  scope.scan(value.length);
  const anchor = /^[#%]/.exec(pattern)?.[0];
  const glob = patternOf(scope, anchor ? pattern.slice(1) : pattern);
  const longest = { longest: true };
  if (anchor === "#") {
    const end = yield* matched(scope, glob.prefix(value, longest));
    return end < 0 ? value : replacement + value.slice(end);
  }
  if (anchor === "%") {
    const start = yield* matched(scope, glob.suffix(value, longest));
    return start < 0 ? value : value.slice(0, start) + replacement;
  }
  const by = () => {
    scope.grow(replacement.length + FIELD_BYTES);
    return replacement;
  };
  return yield* matched(scope, glob.replace(value, by, { all }));
}
