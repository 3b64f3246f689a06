import { formatPromDuration } from "../go/mod.ts";
import {
  type Comparison,
  type Finding,
  isMistake,
  type LabView,
  type Language,
  type Localized,
  metricWanted,
  placed,
  type PlayedLine,
  readValues,
  UPGRADE,
  valuesMistake,
} from "../lesson/mod.ts";
import {
  type ReadLineResult,
  renderDiff,
  renderMarkdown,
  type Screen,
  wrapText,
} from "../term/mod.ts";
import type { Notices } from "./notices.ts";
import { Output } from "./output.ts";
import { SEEING_WORDS, type SeeingWords } from "./seeing_words.ts";
import { WORDS, type Words } from "./words.ts";

/** Draws what the tutor says on a screen, in one language. */
export class Presenter {
  /** What commands print. */
  readonly output: Output;

  constructor(
    readonly screen: Screen,
    public language: Language,
  ) {
    this.output = new Output(screen, () => this.seeing);
  }

  /** The words of what is seen: `graph`, `map`, `more`. */
  get seeing(): SeeingWords {
    return SEEING_WORDS[this.language];
  }

  get words(): Words {
    return WORDS[this.language];
  }

  get #columns(): number {
    return Math.min(this.screen.capabilities.columns, 100);
  }

  local(text: Localized): string {
    return text[this.language];
  }

  line(text = ""): void {
    this.screen.write(`${text}\n`);
  }

  /** Prose, as written in Markdown. */
  prose(markdown: string): void {
    if (markdown.trim() === "") return;
    const { plain } = this.screen.capabilities;
    const text = renderMarkdown(markdown, {
      style: this.screen.style,
      columns: this.#columns,
      plain,
    });
    this.line(text);
  }

  heading(text: string): void {
    this.line();
    this.line(this.screen.style.bold(text));
    this.line();
  }

  note(markdown: string): void {
    const { plain } = this.screen.capabilities;
    const style = this.screen.style;
    const text = renderMarkdown(markdown, { style, columns: this.#columns, plain });
    this.line(style.dim(text));
  }

  good(text: string): void {
    const mark = this.screen.capabilities.plain ? "" : "✓ ";
    this.line(this.screen.style.green(`${mark}${text}`));
  }

  bad(text: string): void {
    const mark = this.screen.capabilities.plain ? "" : "✗ ";
    this.line(this.screen.style.yellow(`${mark}${text}`));
  }

  /** What came in since the last prompt. */
  notices(notices: Notices): void {
    for (const text of notices.take(this.words)) this.note(text);
  }

  /** How a number comes about. */
  arithmetic(lines: readonly Localized[]): void {
    for (const line of lines) this.prose(`* ${this.local(line)}`);
  }

  /** Expected beside actual, and why the difference matters. */
  comparison(comparison: Comparison, why: string): void {
    const { words } = this;
    const exit = comparison.differences.find((difference) => difference.where === "exit code");
    this.line(renderDiff(comparison.rows, {
      style: this.screen.style,
      columns: this.screen.capabilities.columns,
      plain: this.screen.capabilities.plain,
      titles: { expected: words.expected, actual: words.actual },
    }));
    if (exit) this.line(words.exitCode(Number(exit.expected), Number(exit.actual)));
    if (why !== "") this.labelled([[words.why, why]]);
  }

  /** What is, first, then what should be. It quotes the lab, so nothing in it is Markdown. */
  finding(finding: Finding): void {
    const { words } = this;
    const text = (part: Localized) => visible(this.local(part));
    const rows: [string, string][] = [
      [words.actual, text(finding.actual)],
      [words.expected, text(finding.expected)],
      [words.why, text(finding.why)],
      [words.next, text(finding.next)],
    ];
    this.line(wrapText(rows, this.screen.style, this.#columns, { raw: true }));
  }

  /** What is wrong with the adapter's values as they lie, in one row; undefined when nothing is. */
  valuesStatus(text: string): string | undefined {
    const read = readValues(text, false);
    return isMistake(read) ? visible(this.local(placed(read))) : undefined;
  }

  /** What is wrong with the adapter's values on the lab of now, and what to do next. */
  async valuesRemark(view: LabView, text: string): Promise<string> {
    const { words } = this;
    const found = await valuesMistake(view, text, await metricWanted(view));
    if (!found) return words.valuesRight(UPGRADE);
    const rows: [string, string][] = [
      [words.actual, visible(this.local(placed(found)))],
      [words.why, visible(this.local(found.why))],
      [words.next, visible(this.local(found.next))],
    ];
    return wrapText(rows, this.screen.style, this.#columns, { raw: true });
  }

  /** Texts with their names in front, aligned. */
  labelled(rows: [label: string, text: string][]): void {
    this.line(wrapText(rows, this.screen.style, this.#columns));
  }

  /** Progress that is drawn over itself; in plain mode and in pipes it is left out. */
  progress(text: string): void {
    if (this.screen.capabilities.plain) return;
    this.screen.write(`\r\x1b[K${this.screen.style.dim(text)}`);
  }

  /** How far a wait for something that takes lab time has come. */
  waiting(waitedMs: number, boundMs: number): void {
    this.progress(this.words.waiting(span(waitedMs), span(boundMs)));
  }

  endProgress(): void {
    if (!this.screen.capabilities.plain) this.screen.write("\r\x1b[K");
  }
}

/** Asks a question, with what may be answered (`… [y/N] `) as the prompt: a long one is not drawn over itself. */
export async function ask(screen: Screen, question: string): Promise<ReadLineResult> {
  const at = question.lastIndexOf("[");
  screen.write(
    `${
      wrapText([["", question.slice(0, at).trimEnd()]], screen.style, screen.capabilities.columns)
    }\n`,
  );
  return await screen.readLine({ prompt: question.slice(at) });
}

/** A text of the lab with its control characters as kubectl shows them, so that none reaches the terminal: `^[`. */
export function visible(text: string): string {
  return text.replace(/(?![\n\t])\p{Cc}/gu, (char) => {
    const code = char.charCodeAt(0);
    return code < 0x80 ? `^${String.fromCharCode(code ^ 0x40)}` : "";
  });
}

/** What a played line printed, in the order it came where that is known. */
export function printedBy(played: PlayedLine): string {
  const { printed } = played as PlayedLine & { printed?: string };
  return printed ?? played.stdout + played.stderr;
}

/** A span of lab time for people: `35s`, `4m`, `1h5m`. */
export function span(durationMs: number): string {
  return formatPromDuration(Math.max(1000, Math.round(durationMs / 1000) * 1000));
}
