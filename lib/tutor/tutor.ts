import { InvariantError } from "../base/mod.ts";
import type { Lab } from "../labs/lab.ts";
import {
  labView,
  type Language,
  type Lesson,
  type LoadedLesson,
  playStep,
  type Stage,
  type Step,
  type StepProse,
} from "../lesson/mod.ts";
import { History, nearest, type ShellLike } from "../shell/mod.ts";
import type { ReadLineResult, Screen } from "../term/mod.ts";
import { findLesson, nearestLessons } from "./lesson_names.ts";
import { Judge } from "./judge.ts";
import { isSameLine } from "./likeness.ts";
import { Place } from "./place.ts";
import { removalOf } from "./removal.ts";
import { ask, Presenter, printedBy, visible } from "./present.ts";
import { loadProgress, type Progress, stageProgress } from "./progress.ts";
import { tellLessons, tellStatus, tellVerbs } from "./reports.ts";
import { bringToStart, isAtStart } from "./start_state.ts";
import { languageOf, WORDS, type Words } from "./words.ts";

/** What a lab may offer beyond {@linkcode Lab} to someone who sits at it. */
export interface LivingLab extends Lab {
  startTime?(): void;
  stopTime?(): void;
  touch?(): void;
  readonly hostPorts?: readonly { port: number; state: string; message?: string }[];
  /** Wall milliseconds without a sign of life of the cluster. */
  readonly silentMs?: number;
  /** What the cluster is at, where that is known. */
  readonly doing?: string;
  /** What it was at when it did not come up. */
  readonly troubledBy?: string;
  /** Whether its time stands still because it did not come up twice. */
  readonly frozen?: boolean;
  /** Ends the cluster where it stands and takes it up again from its last save. */
  bringBack?(): Promise<void>;
  /** Keeps a copy of the lab and its records under a name. */
  snapshot?(name: string): Promise<void>;
  /** Keeps lab and records as they are now, for as long as they may be wanted back. */
  checkpoint?(): Promise<Checkpoint>;
}

/** A lab as it was. */
export interface Checkpoint {
  /** Brings it back. */
  undo(): Promise<void>;
  /** It is not wanted any more. */
  drop(): void;
}

/** The learner's files, put back to what they began with. */
export interface FilesReset {
  /** Where the files of before are kept, when they were changed. */
  aside?: string;
  /** Puts the files of before back. */
  undo(): Promise<void>;
  /** They are not wanted any more, unless they were changed. */
  drop(): Promise<void>;
}

export interface TutorOptions {
  lab: LivingLab;
  shell: ShellLike;
  screen: Screen;
  lessons: readonly LoadedLesson[];
  /** Puts the workspace back to what it began with. */
  resetFiles(): Promise<FilesReset>;
  /** The language asked for on the command line. */
  language?: Language;
  /** LANG or LC_ALL, for the first question. */
  locale?: string;
  /** How to come back, for the goodbye. */
  command: string;
  /** A lesson to begin with, by id; from `tutor start`. */
  start?: string;
}

/** Words for the tutor, which win over commands of the same name. */
export const VERBS = [
  "next",
  "hint",
  "check",
  "solution",
  "skip",
  "reset",
  "list",
  "start",
  "status",
  "lang",
  "help",
  "quit",
  "exit",
] as const;

type Verb = typeof VERBS[number];

/** How long the cluster may keep silent before that is said, in wall milliseconds. */
const SILENCE_MS = 2_000;
const LOOK_EVERY_MS = 200;

/** The guided loop. */
export class Tutor {
  readonly #options: TutorOptions;
  readonly #lab: LivingLab;
  readonly #shell: ShellLike;
  readonly #screen: Screen;
  readonly #present: Presenter;
  readonly #history: History;
  readonly #progress: Progress;
  readonly #place: Place;
  readonly #judge: Judge;
  #notices: string[] = [];
  /** The reminder that stood above the last prompt. */
  #footer = "";
  #leaving = false;
  #askedAboutFrozen = false;

  constructor(options: TutorOptions) {
    this.#options = options;
    this.#lab = options.lab;
    this.#shell = options.shell;
    this.#screen = options.screen;
    this.#history = new History(options.lab.state);
    const { progress, setAside } = loadProgress(options.lab.state);
    this.#progress = progress;
    this.#place = new Place(options.lessons, progress);
    if (options.language) progress.language = options.language;
    const language = progress.language ?? languageOf(options.locale);
    this.#present = new Presenter(options.screen, language, WORDS[language]);
    this.#judge = new Judge(
      this.#stage,
      this.#place,
      this.#present,
      (work) => this.#interruptibly("", work),
    );
    if (setAside) this.notice(this.#words.progressAside(setAside));
  }

  /** Tells the learner something before the next prompt. */
  notice(markdown: string): void {
    this.#notices.push(visible(markdown));
  }

  /** The words of the language in use, for whoever writes notices. */
  get words(): Words {
    return this.#words;
  }

  get #words(): Words {
    return this.#present.words;
  }

  get #lessons(): readonly LoadedLesson[] {
    return this.#options.lessons;
  }

  get #loaded(): LoadedLesson | undefined {
    return this.#place.loaded;
  }

  get #step(): Step | undefined {
    return this.#place.step;
  }

  get #prose(): StepProse | undefined {
    const step = this.#step;
    return step && this.#loaded?.prose[this.#present.language].steps.get(step.id);
  }

  /** Where lessons are played: this lab and shell, silently. */
  get #stage(): Stage {
    return {
      lab: this.#lab,
      files: this.#shell.files,
      shell: { run: (line, options) => this.#shell.run(line, options) },
    };
  }

  /** Teaches until the learner leaves. */
  async run(): Promise<void> {
    this.#lab.startTime?.();
    try {
      await this.#attend(this.#open());
    } catch (error) {
      this.#explainFailure(error);
    }
    while (!this.#leaving) {
      if (this.#lab.frozen && !this.#askedAboutFrozen) await this.#askAboutFrozen();
      const read = await this.#readLine();
      if (read.kind === "eof") break;
      if (read.kind !== "line") continue;
      try {
        await this.#attend(this.#handle(read.text));
      } catch (error) {
        this.#explainFailure(error);
      }
      await this.#save();
    }
    this.#lab.stopTime?.();
    await this.#save();
    this.sayGoodbye();
  }

  /** Says that all is kept, and how to come back. */
  sayGoodbye(): void {
    this.#present.line();
    this.#present.prose(this.#words.goodbye(`\`${this.#options.command}\``));
  }

  /**
   * Waits for what a line asks for. When the cluster keeps silent meanwhile that is said, with what it is at,
   * and Ctrl-C asks whether to wait on or to bring it back.
   */
  async #attend(work: Promise<void>): Promise<void> {
    let asking: Promise<void> | undefined;
    let release: (() => void) | undefined;
    const timer = setInterval(() => {
      if ((this.#lab.silentMs ?? 0) < SILENCE_MS || release) return;
      this.#present.endProgress();
      this.#present.note(this.#words.silent(this.#lab.doing));
      release = this.#screen.onInterrupt(() => {
        asking ??= this.#askWhetherToWait()
          .catch((error) => this.#explainFailure(error))
          .finally(() => asking = undefined);
      });
    }, LOOK_EVERY_MS);
    try {
      await work;
    } finally {
      clearInterval(timer);
      await asking;
      release?.();
    }
  }

  async #askWhetherToWait(): Promise<void> {
    if ((this.#lab.silentMs ?? 0) < SILENCE_MS) return;
    const read = await ask(this.#screen, this.#words.waitOrBringBack);
    if (read.kind !== "line" || !/^(b|ㅠ)/i.test(read.text.trim())) return;
    await this.#lab.bringBack?.();
    this.#present.good(this.#words.broughtBack);
  }

  /** Offers to remove what the cluster did not come up with, and to let time go on then. */
  async #askAboutFrozen(): Promise<void> {
    this.#askedAboutFrozen = true;
    try {
      await this.#lab.ready?.();
      for (const notice of this.#notices.splice(0)) this.#present.note(notice);
      const lines = await removalOf(labView(this.#lab, this.#shell.files), this.#lab.troubledBy);
      if (lines.length === 0) return;
      this.#present.prose(["```", ...lines, "```"].join("\n"));
      if (!(await this.#confirm(this.#words.removeIt))) return;
      for (const line of lines) await this.#runLine(line);
      await this.#save();
      await this.#lab.bringBack?.();
      this.#present.good(this.#words.thawed);
    } catch (error) {
      this.#explainFailure(error);
    }
  }

  async #open(): Promise<void> {
    const fresh = this.#progress.lesson === undefined;
    if (this.#progress.language === undefined) await this.#chooseLanguage();
    if (fresh) this.#present.prose(this.#words.welcome.join("\n"));
    const wanted = this.#options.start;
    if (wanted !== undefined) {
      await this.#start([wanted]);
      if (this.#progress.lesson !== undefined) return;
    }
    if (this.#loaded === undefined) return await this.#begin(this.#lessons[0].lesson);
    if (this.#step === undefined) {
      // The step was renamed since.
      this.#enter(this.#loaded.lesson);
      return this.#showLesson();
    }
    const at = this.#place.position;
    const title = this.#present.local(this.#loaded.lesson.title);
    this.#present.line(this.#words.back(title, at.step, at.steps));
    if (this.#progress.stepDone) this.#tellDone();
    else this.#showStep();
  }

  async #chooseLanguage(): Promise<void> {
    const guess = this.#present.language;
    if (this.#screen.capabilities.interactive) {
      this.#present.line(this.#words.chooseLanguage);
      const read = await this.#screen.readLine({ prompt: `[${guess === "ko" ? 2 : 1}] ` });
      const text = read.kind === "line" ? read.text.trim().toLowerCase() : "";
      if (/^(1|en|english)/.test(text)) this.#speak("en");
      else if (/^(2|ko|한)/.test(text)) this.#speak("ko");
      else this.#speak(guess);
    } else this.#speak(guess);
  }

  #speak(language: Language): void {
    this.#progress.language = language;
    this.#present.language = language;
    this.#present.words = WORDS[language];
  }

  // -------------------------------------------------------------- reading

  async #readLine(): Promise<ReadLineResult> {
    for (const notice of this.#notices.splice(0)) this.#present.note(notice);
    const { style, capabilities } = this.#screen;
    const { words } = this;
    const footer = this.#progress.stepDone
      ? words.footerDone
      : this.#step?.kind === "predict"
      ? words.footerPredict
      : words.footer;
    // Where a pipe is the learner there is nobody to remind, and who listens has heard it already.
    const again = capabilities.plain && footer === this.#footer;
    if (capabilities.interactive && !again) this.#present.note(footer);
    this.#footer = footer;
    return await this.#screen.readLine({
      prompt: style.bold(this.#prompt()),
      history: this.#history.lines,
      complete: (text, cursor) => this.#complete(text, cursor),
      needsMore: (text) => this.#verbIn(text) ? false : this.#shell.needsMore(text),
      onKey: () => this.#lab.touch?.(),
    });
  }

  #prompt(): string {
    const at = this.#place.position;
    const place = this.#shell.place === "~" ? "" : ` ${this.#shell.place}`;
    const { speed } = this.#lab.clock;
    const pace = this.#lab.clock.movable
      ? ` ${speed === 0 ? this.#words.paused : `x${speed}`}`
      : "";
    return `${at.lesson}.${at.step}${pace}${place} $ `;
  }

  async #complete(text: string, cursor: number) {
    const before = text.slice(0, cursor);
    const started = /^\s*start\s+(\S*)$/.exec(before);
    if (started) {
      const ids = this.#lessons.map(({ lesson }) => lesson.id);
      const candidates = ids.filter((id) => id.startsWith(started[1]));
      return { from: cursor - started[1].length, candidates };
    }
    const found = await this.#shell.complete(text, cursor);
    if (found.from > 0) return found;
    const verbs = VERBS.filter((verb) => verb.startsWith(before));
    return { from: 0, candidates: [...new Set([...verbs, ...found.candidates])].sort() };
  }

  /** The verb that a line is, if it is one. */
  #verbIn(text: string): Verb | undefined {
    const words = text.trim().split(/\s+/);
    if (text.includes("\n") || words.length > 2) return undefined;
    return VERBS.find((verb) => verb === words[0]);
  }

  async #handle(text: string): Promise<void> {
    const line = text.trim();
    if (line === "") {
      if (this.#progress.stepDone) await this.#goOn();
      return;
    }
    this.#history.add(text);
    const verb = this.#verbIn(line);
    if (verb) return await this.#obey(verb, line.split(/\s+/).slice(1));
    if (this.#step?.kind === "predict" && /^[-+]?[\d.]+$/.test(line)) {
      return await this.#guess(line);
    }
    await this.#runLine(text);
  }

  async #obey(verb: Verb, args: string[]): Promise<void> {
    const takes = verb === "start" || verb === "reset" || verb === "lang";
    if (args.length > 0 && (!takes || /^-/.test(args[0]))) return this.#explainVerb(verb);
    switch (verb) {
      case "next":
        return await this.#next();
      case "hint":
        return this.#hint();
      case "check":
        return void await this.#check();
      case "solution":
        return await this.#solution();
      case "skip":
        return await this.#skip();
      case "reset":
        return await this.#reset(args);
      case "list":
        return tellLessons(this.#present, this.#place);
      case "start":
        return await this.#start(args);
      case "status":
        return await tellStatus(this.#present, this.#place, this.#lab);
      case "lang":
        return this.#lang(args);
      case "help":
        return await this.#help();
      case "quit":
      case "exit":
        this.#leaving = true;
    }
  }

  /** What a verb is for, for who asks, and for who gives it words that it does not take. */
  #explainVerb(verb: Verb): void {
    const { words } = this;
    const found = words.verbs.find(([name]) => name.split(/[ ,]+/).includes(verb));
    this.#present.labelled([found ?? [verb, words.verbsHead]]);
  }

  // -------------------------------------------------------------- shell lines

  async #runLine(text: string): Promise<void> {
    await this.#anticipate(text);
    const screen = this.#screen;
    const result = await this.#interruptibly(text, (signal) =>
      this.#shell.run(text, {
        out: (part) => screen.write(part),
        err: (part) => screen.write(part),
        page: (text) => screen.page(text),
        signal,
        columns: screen.capabilities.columns,
        ...(screen.onInput && screen.capabilities.interactive
          ? { keyboard: (onText) => screen.onInput!(onText) }
          : {}),
      }));
    const printed = result.stdout + result.stderr;
    if (printed !== "" && !printed.endsWith("\n")) this.#present.line();
    if (result.exitCode === 127) this.#suggestVerb(text);
    if (this.#progress.stepDone) return;
    if (await this.#judge.judge({ line: text.trim(), ...result })) await this.#finish("done");
  }

  /** A line that is the next step's goes there by itself when this one is done. */
  async #anticipate(text: string): Promise<void> {
    if (!this.#progress.stepDone) return;
    const following = this.#place.followingStep;
    if (following?.kind !== "run") return;
    if (following.lines.some((line) => isSameLine(line, text))) await this.#goOn();
  }

  #suggestVerb(text: string): void {
    const [word, ...rest] = text.trim().split(/\s+/);
    if (rest.length > 1) return;
    const near = nearest(word, VERBS, 2);
    if (near.length > 0) {
      this.#present.note(this.#words.didYouMean(near.map((verb) => `\`${verb}\``).join(", ")));
    }
  }

  /** Runs `work`; Ctrl-C aborts its signal. */
  async #interruptibly<T>(text: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    // An editor takes every key itself.
    const watches = !/^\s*(\$\s+)?edit\s/.test(text);
    const stop = watches
      ? this.#screen.onInterrupt(() => {
        if (!controller.signal.aborted) this.#screen.write("^C\n");
        controller.abort();
      })
      : () => {};
    try {
      return await work(controller.signal);
    } finally {
      stop();
    }
  }

  async #finish(how: "done" | "skipped"): Promise<void> {
    this.#place.finish(how);
    await this.#save();
    if (how === "done") this.#present.good(this.#words.done);
    this.#tellDone(how);
  }

  #tellDone(how: "done" | "skipped" = "done"): void {
    this.#present.prose(this.#prose?.done ?? "");
    if (!this.#place.isLastStep) {
      // What is skipped goes on by itself.
      return how === "done" ? this.#present.note(this.#words.goOn) : undefined;
    }
    const { lesson, prose } = this.#loaded!;
    this.#present.heading(this.#words.lessonDone(this.#present.local(lesson.title)));
    this.#present.prose(prose[this.#present.language].outro);
    const following = this.#place.followingLesson;
    this.#present.note(
      following
        ? this.#words.nextLesson(this.#present.local(following.lesson.title))
        : this.#words.allDone,
    );
  }

  // -------------------------------------------------------------- verbs

  async #next(): Promise<void> {
    if (this.#progress.stepDone) return await this.#goOn();
    if (this.#step?.kind === "predict") return this.#present.line(this.#words.predictPrompt);
    if (await this.#check()) await this.#goOn();
  }

  /** Opens the step, or the lesson, that comes after a done one. */
  async #goOn(): Promise<void> {
    const { followingStep, followingLesson } = this.#place;
    if (followingStep) {
      this.#place.open(followingStep);
      this.#judge.forget();
      this.#showStep();
    } else if (followingLesson) await this.#start([followingLesson.lesson.id]);
    else this.#present.prose(this.#words.allDone);
  }

  #enter(lesson: Lesson): void {
    this.#place.enter(lesson);
    this.#judge.forget();
  }

  #showLesson(): void {
    const { lesson, prose } = this.#loaded!;
    const number = this.#place.position.lesson;
    const title = this.#present.local(lesson.title);
    this.#present.heading(this.#words.lesson(number, title, lesson.minutes));
    this.#present.prose(prose[this.#present.language].intro);
    this.#showStep();
  }

  #showStep(): void {
    const at = this.#place.position;
    this.#present.heading(this.#words.step(at.step, at.steps));
    this.#present.prose(this.#prose?.body ?? "");
    if (this.#step?.kind === "predict") this.#present.note(this.#words.predictPrompt);
    this.#present.line();
  }

  #hint(): void {
    const hints = this.#prose?.hints ?? [];
    if (hints.length === 0) return this.#present.prose(this.#words.noHint);
    const at = this.#progress.hints % hints.length;
    if (this.#progress.hints > 0 && at === 0) this.#present.note(this.#words.noMoreHints);
    this.#present.note(this.#words.hint(at + 1, hints.length));
    this.#present.prose(hints[at]);
    this.#progress.hints++;
  }

  /** Whether the open step is done; says what is missing when not. */
  async #check(): Promise<boolean> {
    const done = await this.#judge.check();
    if (done && this.#progress.stepDone) this.#present.good(this.#words.done);
    else if (done) await this.#finish("done");
    return done;
  }

  async #guess(text: string): Promise<void> {
    const step = this.#step;
    if (step?.kind !== "predict") return;
    const guess = Number(text);
    if (!Number.isFinite(guess)) return this.#present.line(this.#words.predictNotANumber);
    const { value, arithmetic } = await step.answer(labView(this.#lab, this.#shell.files));
    const right = Math.abs(guess - value) <= (step.tolerance ?? 0);
    if (right) this.#present.good(this.#words.predictRight);
    else this.#present.bad(this.#words.predictWrong(guess, value));
    for (const line of arithmetic) this.#present.prose(`* ${this.#present.local(line)}`);
    await this.#finish("done");
  }

  async #solution(): Promise<void> {
    const step = this.#step;
    if (!step) return;
    if (step.kind === "predict") {
      const { value, arithmetic } = await step.answer(labView(this.#lab, this.#shell.files));
      this.#present.note(this.#words.solutionPredict);
      for (const line of arithmetic) this.#present.prose(`* ${this.#present.local(line)}`);
      this.#present.line(String(value));
      return;
    }
    const lines = step.kind === "run" ? step.lines : step.solution;
    this.#present.note(this.#words.solution);
    this.#present.prose(["```", ...lines, "```"].join("\n"));
  }

  async #skip(): Promise<void> {
    const step = this.#step;
    if (!step || this.#progress.stepDone) return await this.#goOn();
    this.#present.note(this.#words.skipping);
    const played = await this.#interruptibly("", (signal) =>
      playStep(this.#stage, step, {
        signal,
        onLine: (played) => {
          this.#present.endProgress();
          const line = this.#screen.style.bold(`$ ${played.line}`);
          this.#screen.write(`${line}\n${printedBy(played)}`);
        },
        onWait: (waitedMs, boundMs) => this.#present.waiting(waitedMs, boundMs),
      }));
    this.#present.endProgress();
    for (const line of played.answer?.arithmetic ?? []) {
      this.#present.prose(`* ${this.#present.local(line)}`);
    }
    if (!played.ok) {
      this.#judge.explain(played, step);
      this.#present.prose(this.#words.skipFailed);
      return;
    }
    await this.#finish("skipped");
    if (!this.#place.isLastStep) await this.#goOn();
  }

  async #reset(args: string[]): Promise<void> {
    const found = args.length > 0 ? this.#find(args[0]) : this.#loaded;
    if (!found) return;
    const title = this.#present.local(found.lesson.title);
    if (!(await this.#confirm(this.#words.confirmReset(title)))) {
      return this.#present.line(this.#words.kept);
    }
    await this.#build(found);
  }

  async #start(args: string[]): Promise<void> {
    if (args.length === 0) return tellLessons(this.#present, this.#place);
    const found = this.#find(args[0]);
    if (!found) return;
    const { lesson } = found;
    const ready = isAtStart(lesson.id, this.#progress.inLab, this.#lessons);
    if (!ready || this.#place.isUnderWay) {
      const empty = (await this.#lab.clusters()).length === 0 &&
        this.#progress.inLab.length === 0 && !this.#place.isUnderWay;
      const title = this.#present.local(lesson.title);
      if (!empty && !(await this.#confirm(this.#words.confirmStart(title)))) {
        return this.#present.line(this.#words.kept);
      }
      return await this.#build(found);
    }
    await this.#begin(lesson);
  }

  /** Opens a lesson in a lab that is at its start. */
  async #begin(lesson: Lesson): Promise<void> {
    for (const line of lesson.setup ?? []) await this.#shell.run(line);
    this.#enter(lesson);
    await this.#save();
    await this.#lab.snapshot?.(lesson.id);
    this.#showLesson();
  }

  async #confirm(question: string): Promise<boolean> {
    const read = await ask(this.#screen, question);
    return read.kind === "line" && /^(y|yes|ㅛ|예|네)$/i.test(read.text.trim());
  }

  /** Builds the lab as it is at the start of a lesson, and opens it. */
  async #build(found: LoadedLesson): Promise<void> {
    const { lesson } = found;
    const { words } = this;
    this.#present.line(words.building(this.#present.local(lesson.title)));
    const startedMs = performance.now();
    const before = await this.#lab.checkpoint?.();
    const { inLab } = this.#progress;
    this.#progress.inLab = [];
    const files = await this.#options.resetFiles();
    const goBack = async () => {
      this.#present.endProgress();
      await files.undo();
      await before?.undo();
      before?.drop();
      this.#shell.forget?.();
      if (before) this.#progress.inLab = inLab;
    };
    let interrupted = false;
    const result = await this.#interruptibly(
      "",
      (signal) => {
        signal.addEventListener("abort", () => interrupted = true);
        return bringToStart(this.#stage, lesson.id, this.#lessons, {
          signal,
          onProgress: ({ lesson, step }) => {
            const title = this.#present.local(lesson.title);
            // Where nothing is drawn over itself, a line a lesson is enough.
            if (!this.#screen.capabilities.plain) {
              this.#present.progress(words.buildingStep(title, step, lesson.steps.length));
            } else if (step === 1) this.#present.line(title);
          },
        });
      },
    ).catch(async (error) => {
      await goBack();
      throw error;
    });
    this.#present.endProgress();
    if (!result.ok) {
      await goBack();
      if (interrupted) return this.#present.line(words.kept);
      const title = this.#present.local(result.lesson.title);
      this.#present.bad(words.buildFailed(title, result.failed?.line ?? ""));
      if (result.failed) this.#screen.write(printedBy(result.failed));
      return;
    }
    before?.drop();
    await files.drop();
    if (files.aside) this.#present.note(words.filesAside(files.aside));
    this.#progress.inLab = result.inLab;
    this.#present.good(words.built(((performance.now() - startedMs) / 1000).toFixed(1)));
    delete this.#progress.done[lesson.id];
    this.#enter(lesson);
    await this.#save();
    await this.#lab.snapshot?.(lesson.id);
    this.#showLesson();
  }

  /** A lesson by id, by its number, or by part of its id; says so when there is none. */
  #find(name: string): LoadedLesson | undefined {
    const found = findLesson(name, this.#lessons);
    if (found) return found;
    this.#present.bad(this.#words.unknownLesson(name));
    const ids = this.#lessons.map(({ lesson }) => lesson.id);
    const near = nearestLessons(name, ids);
    if (near.length > 0) this.#present.prose(this.#words.didYouMean(near.join(", ")));
    tellLessons(this.#present, this.#place);
    return undefined;
  }

  #lang(args: string[]): void {
    const language = args[0];
    if (language !== "en" && language !== "ko") {
      return this.#present.prose(this.#words.unknownLanguage);
    }
    this.#speak(language);
    this.#present.line(this.#words.languageSet);
    if (!this.#progress.stepDone) this.#showStep();
  }

  async #help(): Promise<void> {
    tellVerbs(this.#present);
    await this.#shell.run("help", { out: (text) => this.#screen.write(text) });
  }

  // -------------------------------------------------------------- keeping

  async #save(): Promise<void> {
    stageProgress(this.#lab.state, this.#progress);
    try {
      await this.#lab.save();
    } catch (error) {
      this.#explainFailure(error);
    }
  }

  #explainFailure(error: unknown): void {
    this.#present.endProgress();
    const message = visible(error instanceof Error ? error.message : String(error));
    const known = error instanceof Error &&
      /^(State|Lesson|HomeInUse|PeerGone)Error$/.test(error.name);
    this.#present.bad(known ? message : this.#words.bug(message));
    if (error instanceof InvariantError && error.stack) this.#present.note(`\`${error.stack}\``);
  }
}
