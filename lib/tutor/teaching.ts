import { InvariantError, type Localized, messageOf, visible } from "../base/mod.ts";
import type { HostPort, Lab } from "../labs/lab.ts";
import { FILES_DUE } from "../labs/mod.ts";
import type { Language, LoadedLesson, Stage, Step, StepProse } from "../lesson/mod.ts";
import { History, type RunOptions, type RunResult, type ShellLike } from "../shell/mod.ts";
import { codeSpan, type Screen } from "../term/mod.ts";
import { EditLoop } from "./edit_loop.ts";
import { Judge } from "./judge.ts";
import { LineKeeper } from "./line_keeper.ts";
import type { KeptFiles } from "./kept_files.ts";
import type { Notices } from "./notices.ts";
import { Place } from "./place.ts";
import { answer, type AnswerOptions, type Presenter, yesOrNo } from "./present.ts";
import { drawnIn } from "./draws.ts";
import { loadProgress, placeIn, type Progress, RecordedProgress } from "./progress.ts";
import { note, Stopwatch } from "./records.ts";
import { VERB_WORDS } from "./verbs.ts";
import type { Words } from "./words.ts";
import type { FilesReset } from "./workspace.ts";

export interface TutorOptions {
  lab: Lab;
  shell: ShellLike;
  /** Speaks the language of the place until progress, or who sits there, knows better. */
  present: Presenter;
  lessons: readonly LoadedLesson[];
  /** What comes in besides; it is said above the next prompt. */
  notices: Notices;
  /** Puts the workspace back to what it began with. */
  resetFiles(): Promise<FilesReset>;
  /** The learner's files as they are kept with the lab; without them a line that changes files cannot be undone. */
  files?: KeptFiles;
  /** The folder that the lab and the files are kept in. */
  home?: string;
  /** What the starts of lessons are bound to: another text where lessons or program are others. */
  version?(): Promise<string>;
  /** The language asked for on the command line. */
  language?: Language;
  /** How to come back, for the goodbye. */
  command: string;
  /** A lesson to begin with, by id; from `tutor start`. */
  start?: string;
  /** Which lab is opened the next time. */
  choose?: LabChooser;
  /** The port of the lab's own page; undefined while it is not open. */
  page?(): HostPort | undefined;
  /** The wall's time, in milliseconds since whenever. */
  nowMs?(): number;
}

/** Where lessons run from the next time on: `sandbox`, `context=NAME`. */
export interface LabChooser {
  current(): string;
  /** The language in which that was chosen; undefined where it was not chosen here. */
  language?: Language;
  /** Errors: an Error named UsageError, told in `language`, for what names no lab; StateError. */
  choose(text: string, language: Language): Promise<void>;
}

/** What the loop and its verbs work with: a lab, a shell, a screen, and where the learner is. */
export class Teaching {
  readonly lab: Lab;
  readonly shell: ShellLike;
  readonly present: Presenter;
  readonly lessons: readonly LoadedLesson[];
  readonly notices: Notices;
  readonly resetFiles: () => Promise<FilesReset>;
  readonly files: KeptFiles | undefined;
  readonly home: string | undefined;
  readonly choose: LabChooser | undefined;
  readonly page: () => HostPort | undefined;
  readonly version: () => Promise<string | undefined>;
  readonly lines: LineKeeper;
  readonly history: History;
  readonly progress: Progress;
  readonly place: Place;
  readonly judge: Judge;
  readonly edits: EditLoop;
  readonly #watch: Stopwatch;
  /** Whether the last save went well. */
  isSaved = true;
  /** Whether the learner asked to leave. */
  isLeaving = false;
  /** While it is set it is asked on Ctrl-C, in place of giving up what runs. */
  onInterrupt: (() => void) | undefined;
  #isKept = true;
  #unanswered: string | undefined;
  readonly #recorded: RecordedProgress;
  readonly #running = new Set<() => void>();

  constructor(options: TutorOptions) {
    const { lab, shell, present, lessons, notices } = options;
    this.lab = lab;
    this.shell = shell;
    this.present = present;
    this.lessons = lessons;
    this.notices = notices;
    this.resetFiles = () => options.resetFiles();
    this.files = options.files;
    this.home = options.home;
    this.choose = options.choose;
    this.page = () => options.page?.();
    this.version = async () => await options.version?.();
    this.history = new History(lab.state);
    const { progress, setAside } = loadProgress(lab.state);
    this.progress = progress;
    this.#recorded = new RecordedProgress(lab.state);
    this.place = new Place(lessons, progress);
    this.lines = new LineKeeper({
      lab,
      shell,
      files: options.files,
      place: () => placeIn(progress),
      onFailure: (error) => this.explainFailure(error),
    });
    // Somebody who comes from another lab has said it there.
    progress.language = options.language ?? progress.language ?? options.choose?.language;
    present.language = progress.language ?? present.language;
    if (setAside) notices.add({ kind: "progress-aside", key: setAside });
    this.edits = new EditLoop(this);
    this.#watch = new Stopwatch(options.nowMs);
    this.judge = new Judge(
      this.stage,
      this.place,
      present,
      (work) => this.interruptibly(work),
    );
  }

  get screen(): Screen {
    return this.present.screen;
  }

  get words(): Words {
    return this.present.words;
  }

  get step(): Step | undefined {
    return this.place.step;
  }

  /** The prose of a step of the open lesson, of the open one without. */
  prose(step = this.step): StepProse | undefined {
    return step && this.place.loaded?.prose[this.present.language].steps.get(step.id);
  }

  /** Where lessons are played: this lab and shell, silently. */
  get stage(): Stage {
    const drawn = () => this.#drawn();
    return {
      get drawn() {
        return drawn();
      },
      lab: this.lab,
      files: this.shell.files,
      shell: { run: (line, options) => this.run(line, options) },
    };
  }

  #drawn(): string[] {
    const { loaded } = this.place;
    return loaded ? drawnIn(this.progress, loaded.lesson) : [];
  }

  async run(line: string, options?: RunOptions): Promise<RunResult> {
    this.changed();
    return await this.shell.run(line, options);
  }

  /** While a number is asked for lab time stands, so that the value that is shown is the one that is judged. */
  paceTime(): void {
    const { lab, place } = this;
    if (place.isAsking) lab.stopTime?.();
    else if (!lab.timeRuns) lab.startTime?.();
  }

  speak(language: Language): void {
    this.progress.language = language;
    this.present.language = language;
  }

  /** Runs `work`; Ctrl-C aborts its signal, where the terminal is not `work`'s own. */
  async interruptibly<T>(
    work: (signal: AbortSignal) => Promise<T>,
    ownsTerminal = false,
  ): Promise<T> {
    const controller = new AbortController();
    const giveUp = () => {
      if (controller.signal.aborted) return;
      // What was drawn of the waiting goes first.
      controller.abort();
      this.screen.write("^C\n");
    };
    const stop = ownsTerminal ? () => {} : this.screen.onInterrupt(() => {
      if (this.onInterrupt) this.onInterrupt();
      else giveUp();
    });
    this.#running.add(giveUp);
    try {
      return await work(controller.signal);
    } finally {
      stop();
      this.#running.delete(giveUp);
    }
  }

  /** Gives up what runs, as Ctrl-C does. */
  giveUp(): void {
    for (const giveUp of this.#running) giveUp();
  }

  /** Asks for y or n; Enter is what stands in a capital letter: `[y/N]`. */
  async confirm(question: string): Promise<boolean> {
    const { words } = this;
    const isYes = question.includes("[Y/n]");
    const read = (text: string) => isYes && text === "" ? true : yesOrNo(text);
    const again = isYes ? words.answerYesNoEnter : words.answerYesNo;
    return await this.ask(question, { read, again }, words.takenAsNo) === true;
  }

  /** Asks; a command or a verb in place of an answer is done next, and `told` says so. Undefined without an answer. */
  async ask<T>(
    question: string,
    options: AnswerOptions<T>,
    told = this.words.notAnswered,
  ): Promise<T | undefined> {
    const isLine = (text: string) => this.#isLine(text);
    const said = await answer(this.screen, question, { ...options, isLine });
    if (!said) return undefined;
    if ("value" in said) return said.value;
    this.present.line(told(said.line));
    this.#unanswered = said.line;
  }

  /** A line that was typed where an answer was asked for; it is taken once. */
  takeUnanswered(): string | undefined {
    const line = this.#unanswered;
    this.#unanswered = undefined;
    return line;
  }

  /** Whether a text is for the prompt: it begins with a verb or a command, or has more words than an answer. */
  async #isLine(text: string): Promise<boolean> {
    const [first, ...rest] = text.split(/\s+/);
    if (rest.length > 1 || VERB_WORDS.includes(first)) return true;
    return (await this.shell.complete(first, first.length)).candidates.includes(first);
  }

  /** The time since it was called last was spent on the open step, or on none. */
  lap(): void {
    const sinceMs = this.#watch.lap();
    const { stepDone, free } = this.progress;
    if (this.step && !stepDone && !free) note(this.progress, "timeMs", sinceMs);
  }

  /** There is something to keep: a line was typed, or run. */
  changed(): void {
    this.#isKept = false;
  }

  /**
   * Makes cluster and progress durable together, once a line: what is told to be done must be on the disk, so that
   * who tells it calls this first, and the loop after a line only when nobody did. `snapshot` also keeps a copy.
   */
  async keep(snapshot?: string): Promise<void> {
    this.#isKept = true;
    this.goBackWithLab();
    this.#recorded.stage(this.progress);
    this.isSaved = false;
    try {
      if (snapshot !== undefined && this.lab.snapshot) await this.lab.snapshot(snapshot);
      else await this.lab.save();
      this.isSaved = true;
    } catch (error) {
      this.explainFailure(error);
    }
  }

  /** Goes back to the progress of the lab's last save, when the lab has gone back there; whether it has. */
  goBackWithLab(options?: { mayBeNone: boolean }): boolean {
    return this.#recorded.goBack(this.progress, options);
  }

  /**
   * The state went elsewhere: files, shell and progress go there too; whether there was other progress. Where it has none,
   * as after a first save that the disk refused, the place stays, unless there `mayBeNone`.
   */
  followLab(options?: { mayBeNone: boolean }): boolean {
    this.restoreFiles();
    this.shell.forget?.(this.lines.environment);
    this.judge.forget();
    this.edits.forget();
    return this.goBackWithLab(options);
  }

  /** The same, where the state went by itself: back to its last save, or out of a start whose end the disk refused. */
  followLabOnceGone(): boolean {
    const isElsewhere = this.lab.state.get(FILES_DUE) !== undefined;
    return isElsewhere ? this.followLab() : this.goBackWithLab();
  }

  /** Makes the files what is kept, and says where what stood in their way went. */
  restoreFiles(): void {
    const { present, words } = this;
    for (const { path, aside } of this.files?.restore() ?? []) {
      present.note(words.movedAside(codeSpan(path), codeSpan(aside)));
    }
  }

  async keepOnce(): Promise<void> {
    if (!this.#isKept) await this.keep();
  }

  explainFailure(error: unknown): void {
    this.present.endProgress();
    const { told } = error as { told?: Localized };
    const message = visible(told ? this.present.local(told) : messageOf(error));
    const known = error instanceof Error &&
      /^(State|Lesson|HomeInUse|PeerGone)Error$/.test(error.name);
    this.present.bad(known ? message : this.words.bug(message));
    if (error instanceof InvariantError && error.stack) {
      this.present.note(`\`${error.stack}\``);
    }
  }
}
