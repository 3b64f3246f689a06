import { CONTROL_LETTERS, type Problem, utf8Bytes } from "../go/mod.ts";

/** One escape after its backslash: a letter, a mark, hexadecimal digits or three octal ones. */
const ESCAPE =
  /\\(?:([abfnrtv])|([\\'"`?])|[xX]([\da-fA-F]{2})|u\{([\da-fA-F]{1,6})\}|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-3][0-7]{2})|([\s\S]))/g;

/**
 * What a text in quotes stands for; of bytes, one character each.
 * Source: expr-lang/expr parser/lexer/utils.go (unescape, unescapeBytes).
 */
export function escapedText(inner: string, isBytes: boolean): string | Problem {
  let problem: string | undefined;
  const raw = isBytes ? utf8Bytes(inner) : inner;
  const value = raw.replaceAll(/\r\n?/g, "\n").replace(
    ESCAPE,
    (_, letter, mark, hex, braced, short, long, octal, other) => {
      if (letter) return CONTROL_LETTERS[letter];
      if (mark) return mark;
      const code = octal ? parseInt(octal, 8) : parseInt(hex ?? braced ?? short ?? long, 16);
      const isOutside = isBytes ? !(hex || octal) || code > 0xff : code > 0x10ffff;
      if (other !== undefined || isOutside) {
        problem ??= /[0-3]/.test(other ?? "")
          ? "unable to unescape octal sequence in string"
          : "unable to unescape string";
        return "";
      }
      return String.fromCodePoint(code);
    },
  );
  return problem === undefined ? value : { problem };
}
