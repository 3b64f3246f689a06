import { ArithmeticError, evaluate } from "./arithmetic.ts";
import { CHECKPOINT, type Task } from "./channels.ts";
import { type ExpansionAccount, type Field, FIELD_BYTES, Fields } from "./fields.ts";
import { Glob, type Matching } from "./glob.ts";
import type { Sequence, Word, WordPart } from "./syntax.ts";

type Parameter = WordPart & { kind: "parameter" };

/** What expansion asks of the shell. */
export interface ExpansionScope extends ExpansionAccount {
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
}

/** An expansion that ends the command, with the shell's words. */
export class ExpansionError extends Error {
  override name = "ExpansionError";
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
