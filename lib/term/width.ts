/** East Asian wide and fullwidth ranges, and emoji; Source: Unicode EastAsianWidth.txt, W and F. */
const WIDE: readonly [number, number][] = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x23e9, 0x23ec],
  [0x25fd, 0x25fe],
  [0x2614, 0x2615],
  [0x26a1, 0x26a1],
  [0x2705, 0x2705],
  [0x274c, 0x274c],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
];

const ZERO_WIDTH = /^[\p{M}\p{Cf}\u1160-\u11ff]$/u;
// deno-lint-ignore no-control-regex
const ESCAPES = /\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07\x1b]*(?:\x07|\x1b\\))/g;

/**
 * Characters that join with none of their like: printable ASCII, Latin, dashes and quotes, arrows, boxes, Japanese and
 * Chinese ones, Korean syllables, full-width ones. Source: Unicode GraphemeBreakProperty.txt, where they are Other, LV or LVT.
 */
const SINGLE =
  // deno-lint-ignore no-control-regex
  /^[\x00-\x0c\x0e-\x7f\xa1-\xa8\xaa-\xac\xaf-\u02ff\u2010-\u2027\u2030-\u203b\u2190-\u2193\u2500-\u25a9\u3001-\u3029\u3041-\u3096\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60]*$/;

/** Made for the first text that needs it: it reads large tables. */
let segmenter: Intl.Segmenter | undefined;

/** The user-perceived characters of `text`. */
export function graphemes(text: string): string[] {
  if (SINGLE.test(text)) return [...text];
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), (part) => part.segment);
}

/** `text` without terminal escape sequences. */
export function stripEscapes(text: string): string {
  return text.replace(ESCAPES, "");
}

/** Columns that `text` takes on a terminal; escape sequences take none, Korean syllables two. */
export function displayWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const grapheme of graphemes(stripEscapes(text))) width += graphemeWidth(grapheme);
  return width;
}

export function graphemeWidth(grapheme: string): number {
  let width = 0;
  for (const char of grapheme) {
    const code = char.codePointAt(0)!;
    if (code < 0x20 || code === 0x7f || ZERO_WIDTH.test(char)) continue;
    width = Math.max(width, isWide(code) ? 2 : 1);
  }
  return width;
}

function isWide(code: number): boolean {
  if (code < 0x1100) return false;
  return WIDE.some(([first, last]) => code >= first && code <= last);
}

/** `text` filled with spaces up to `columns`; longer text stays as it is. */
export function padEnd(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - displayWidth(text)));
}

/**
 * Rows as columns two spaces apart, aligned by display width; no trailing spaces. These are the tutor's own tables;
 * those of kubectl and helm follow go/tabwriter.ts and uitable, to which a wide letter is one.
 */
export function alignRows(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, displayWidth(cell));
    });
  }
  return rows.map((row) =>
    row.map((cell, column) => padEnd(cell, widths[column])).join("  ").trimEnd()
  );
}

/** `text` (without escapes) cut to `columns`, with an ellipsis where something was cut. */
export function truncate(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let out = "";
  let width = 0;
  for (const grapheme of graphemes(text)) {
    const next = graphemeWidth(grapheme);
    if (width + next > columns - 1) break;
    out += grapheme;
    width += next;
  }
  return `${out}…`;
}

/** `text` (without escapes) as lines of at most `columns`, broken at spaces, and within a word that fits in none. */
export function wrapWithin(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && displayWidth(last) + 1 + displayWidth(word) <= columns) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(...chop(word, columns));
  }
  return lines;
}

/** Cuts `text` (without escapes) into pieces of at most `columns`. */
export function chop(text: string, columns: number): string[] {
  const out: string[] = [];
  let line = "";
  let width = 0;
  for (const grapheme of graphemes(text)) {
    const next = graphemeWidth(grapheme);
    if (width + next > columns && line !== "") {
      out.push(line);
      line = "";
      width = 0;
    }
    line += grapheme;
    width += next;
  }
  out.push(line);
  return out;
}
