import { visible, withParticles } from "../base/mod.ts";
import { formatPromDuration } from "../go/mod.ts";
import {
  type Comparison,
  type Finding,
  type Language,
  type Localized,
  type Mistake,
  placed,
  type PlayedLine,
} from "../lesson/mod.ts";
import {
  changedLines,
  type ReadLineResult,
  renderChanges,
  renderDiff,
  renderMarkdown,
  renderTable,
  type Screen,
  truncate,
  wrapText,
  wrapWords,
} from "../term/mod.ts";
import type { Notices } from "./notices.ts";
import { Output } from "./output.ts";
import { REAL_WORDS, type RealWords } from "./real_words.ts";
import { SEEING_WORDS, type SeeingWords } from "../seeing/words.ts";
import { WORDS, type Words } from "./words.ts";

/** How long a line may print nothing before it shows that it goes on, in wall milliseconds. */
const SILENT_MS = 150;

/** Draws what the tutor says on a screen, in one language. */
export class Presenter {
  /** What commands print. */
  readonly output: Output;
  /** Draws the progress that goes on by itself. */
  #ticker: ReturnType<typeof setInterval> | undefined;

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
    return withParticles(text[this.language]);
  }

  /** Words without Markdown, wrapped. */
  line(text = "", paint = (row: string) => row): void {
    this.rows(this.wrapped(text).map(paint));
  }

  /** Words without Markdown as rows that fit. */
  wrapped(text: string): string[] {
    return wrapWords(withParticles(text), this.#columns);
  }

  /** Rows that are laid out already, each on a line of its own. */
  rows(rows: readonly string[]): void {
    for (const row of rows) this.#draw(row);
  }

  /** Rows that are laid out already. */
  #draw(text: string): void {
    this.screen.write(`${text}\n`);
  }

  #rendered(markdown: string): string {
    const { capabilities: { plain }, style } = this.screen;
    return renderMarkdown(withParticles(markdown), { style, columns: this.#columns, plain });
  }

  /** Prose, as written in Markdown. */
  prose(markdown: string): void {
    if (markdown.trim() !== "") this.#draw(this.#rendered(markdown));
  }

  /** Rows as a table whose last column wraps. */
  table(rows: readonly (readonly string[])[]): void {
    this.#draw(renderTable(rows, this.screen.capabilities.columns));
  }

  heading(text: string): void {
    this.line();
    this.line(text, this.screen.style.bold);
    this.line();
  }

  note(markdown: string): void {
    const { dim } = this.screen.style;
    this.#draw(this.#rendered(markdown).split("\n").map(dim).join("\n"));
  }

  good(text: string): void {
    const mark = this.screen.capabilities.plain ? "" : "✓ ";
    this.line(mark + text, this.screen.style.green);
  }

  bad(text: string): void {
    const mark = this.screen.capabilities.plain ? "" : "✗ ";
    this.line(mark + text, this.screen.style.yellow);
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
    this.#draw(renderDiff(comparison.rows, {
      style: this.screen.style,
      columns: this.screen.capabilities.columns,
      plain: this.screen.capabilities.plain,
      titles: { expected: words.expected, actual: words.actual },
    }));
    if (exit) this.line(words.exitCode(Number(exit.expected), Number(exit.actual)));
    if (why !== "") this.labelled([[words.why, why]]);
  }

  /**
   * What is, first, then what should be, and why; what to do is for `hint` to say, unless it is to wait.
   * It quotes the lab, so nothing in it is Markdown.
   */
  finding(finding: Finding): void {
    const { words } = this;
    this.quoted([
      [words.actual, this.local(finding.actual)],
      [words.expected, this.local(finding.expected)],
      [words.why, this.local(finding.why)],
      [words.next, finding.waits ? markCommands(this.local(finding.next)) : words.hintSays],
    ]);
  }

  /** What is wrong with the adapter's values, in one row. */
  mistakeRow(mistake: Mistake): string {
    return visible(this.local(placed(mistake)));
  }

  /** Texts that quote the lab, with their names in front; nothing in them is Markdown. */
  quoted(rows: readonly (readonly [label: string, text: string])[]): void {
    const seen = rows.map(([label, text]) => [label, withParticles(visible(text))] as const);
    this.#draw(wrapText(seen, this.screen.style, this.#columns, { raw: true }));
  }

  /** What became of a text, line by line. */
  async changes(before: string, after: string): Promise<void> {
    const { capabilities: { columns, plain }, style } = this.screen;
    const lines = await changedLines(visible(before), visible(after));
    this.#draw(renderChanges(lines, { style, columns, plain }));
  }

  /** Texts with their names in front, aligned. */
  labelled(rows: [label: string, text: string][]): void {
    const said = rows.map(([label, text]) => [label, withParticles(text)] as const);
    this.#draw(wrapText(said, this.screen.style, this.#columns));
  }

  /** Progress that is drawn over itself; in plain mode and in pipes it is left out. */
  progress(text: string): void {
    if (this.screen.capabilities.plain) return;
    const { capabilities, style } = this.screen;
    this.screen.write(`\r\x1b[K${style.dim(truncate(text, capabilities.columns - 1))}`);
  }

  /** How far a wait for something that takes lab time has come; on a real cluster also what is waited for. */
  waiting(waitedMs: number, boundMs: number, real?: { missing?: Finding }): void {
    const times = [span(waitedMs), span(boundMs)] as const;
    if (!real) return this.progress(this.words.waiting(...times));
    const { missing } = real;
    const awaited = missing ? visible(this.local(missing.expected)) : this.real.theStep;
    const text = this.real.waiting(awaited, ...times);
    // Where nothing is drawn over itself, it is said once.
    if (this.screen.capabilities.plain && waitedMs === 0) this.line(text);
    else this.progress(text);
  }

  /** What is said of real clusters. */
  get real(): RealWords {
    return REAL_WORDS[this.language];
  }

  /**
   * Progress that goes on by itself, until it is ended or anything else's is: `text` is asked again and again, and may
   * have nothing to show. Gives what ends it.
   */
  passing(text: () => string | undefined): () => void {
    clearInterval(this.#ticker);
    let isShown = false;
    const ticker = this.#ticker = setInterval(() => {
      const shown = text();
      if (shown === undefined) return;
      isShown = true;
      this.progress(shown);
    }, SILENT_MS);
    return () => {
      if (this.#ticker !== ticker) return;
      if (isShown) this.endProgress();
      clearInterval(ticker);
    };
  }

  /** Takes away the progress that is drawn, and whatever would draw it anew: what comes has the screen for itself. */
  endProgress(): void {
    clearInterval(this.#ticker);
    this.#ticker = undefined;
    if (!this.screen.capabilities.plain) this.screen.write("\r\x1b[K");
  }
}

/** Advice with its commands (`Install it: make install, then …`) marked as such, so that none is broken in two. */
export function markCommands(text: string): string {
  return text.split(/(`[^`]*`)/).map((part, index) =>
    index % 2 === 1 ? part : part.replace(COMMAND, "`$&`")
  )
    .join("");
}

const COMMAND = /(?<=[:?] )(?:kubectl|helm|make|clock|curl|load|edit) \S.*?(?=\. |[,;]|\.?$)/g;

/** Asks a question, with what may be answered (`… [y/N] `) as the prompt: a long one is not drawn over itself. */
export async function ask(screen: Screen, question: string): Promise<ReadLineResult> {
  const at = question.lastIndexOf("[");
  const rows = wrapWords(question.slice(0, at).trimEnd(), screen.capabilities.columns);
  screen.write(rows.map((row) => `${row}\n`).join(""));
  return await screen.readLine({ prompt: question.slice(at) });
}

/** How an answer is read, and what is said of one that is none. */
export interface AnswerOptions<T> {
  /** What a line answers; undefined where it is no answer. */
  read(text: string): T | undefined;
  /** Which answers there are. */
  again: string;
  /** Whether a line was meant for the prompt; without it every line is meant as an answer. */
  isLine?(text: string): Promise<boolean>;
}

/**
 * Asks until there is an answer. A line that was meant for the prompt ends that, and is given as it is, so that nothing
 * that was typed is lost. Undefined where nobody answers: Ctrl-C, the end of input.
 */
export async function answer<T>(
  screen: Screen,
  question: string,
  { read, again, isLine }: AnswerOptions<T>,
): Promise<{ value: T } | { line: string } | undefined> {
  for (let asked = question;; asked = `${again} ${question.slice(question.lastIndexOf("["))}`) {
    const typed = await ask(screen, asked);
    if (typed.kind !== "line") return undefined;
    const text = typed.text.trim();
    const value = read(text);
    if (value !== undefined) return { value };
    if (await isLine?.(text)) return { line: text };
  }
}

/** What a line says to `[y/N]`, as both layouts of a Korean keyboard type it; undefined where it is neither. */
export function yesOrNo(text: string): boolean | undefined {
  if (/^(y|yes|yeah|yep|ok|ㅛ|예|네|응)[.!]*$/i.test(text)) return true;
  return /^(|n|no|nope|ㅜ|아니|아니요|아니오|아뇨)[.!]*$/i.test(text) ? false : undefined;
}

/** Whether a question is answered with yes; undefined when it is not answered. `again` says how to. */
export async function confirmed(
  screen: Screen,
  question: string,
  again: string,
): Promise<boolean | undefined> {
  const said = await answer(screen, question, { read: yesOrNo, again });
  return said && "value" in said ? said.value : undefined;
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
