import { messageOf, realCommand, tutorCommand } from "../base/mod.ts";
import type { Language } from "../lesson/mod.ts";
import { EVENT } from "../shell/mod.ts";
import type { Completion, ReadLineResult } from "../term/mod.ts";
import { greet, tellAway } from "./greet.ts";
import { guess } from "./guess.ts";
import { runShellLine } from "./shell_line.ts";
import { showStep } from "./show.ts";
import type { Course } from "../seeing/mod.ts";
import { courseOf } from "./course.ts";
import { type ShownPlace, shownPlace } from "./shown_place.ts";
import { goOn } from "./steps.ts";
import { Teaching, type TutorOptions } from "./teaching.ts";
import { attend, offerWaysOut } from "./trouble.ts";
import { readTyped, type TypedLine } from "./typed_line.ts";
import { explainVerb } from "./verb.ts";
import { VERB_WORDS, verbNamed } from "./verbs.ts";

/** The guided loop. */
export class Tutor {
  readonly #options: TutorOptions;
  /** Why the files are not as they are kept, as it was told last. */
  #keptFrom: string | undefined;
  readonly #teaching: Teaching;
  /** The reminder that stood above the last prompt. */
  #footer = "";

  constructor(options: TutorOptions) {
    this.#options = options;
    this.#teaching = new Teaching(options);
  }

  /** Teaches until the learner leaves. */
  async run(): Promise<void> {
    const teaching = this.#teaching;
    const { lab, present } = teaching;
    let askedAboutFrozen = false;
    teaching.paceTime();
    await attend(teaching, greet(teaching, this.#options.start));
    while (!teaching.isLeaving) {
      if (lab.frozen && !askedAboutFrozen) await offerWaysOut(teaching);
      askedAboutFrozen = lab.frozen === true;
      if (this.#followLabOnceGone()) {
        present.notices(teaching.notices);
        showStep(teaching);
      }
      const unanswered = teaching.takeUnanswered();
      if (unanswered !== undefined) {
        await this.#take(unanswered);
        continue;
      }
      const read = await this.#readLine();
      if (read.kind === "eof") break;
      if (read.kind !== "line") continue;
      await this.#take(read.text);
    }
    lab.stopTime?.();
    await teaching.keep();
    this.sayGoodbye();
  }

  /** Follows a lab that went elsewhere; what keeps files from being as they are kept is told once, and tried again. */
  #followLabOnceGone(): boolean {
    const teaching = this.#teaching;
    try {
      const isGone = teaching.followLabOnceGone();
      this.#keptFrom = undefined;
      return isGone;
    } catch (error) {
      const why = messageOf(error);
      if (why !== this.#keptFrom) teaching.explainFailure(error);
      this.#keptFrom = why;
      return false;
    }
  }

  /** Does what a line asks for, and keeps what came of it, with what was there before. */
  async #take(typedText: string): Promise<void> {
    const teaching = this.#teaching;
    teaching.lap();
    const { offered } = teaching.edits;
    teaching.edits.offered = undefined;
    const isTaken = typedText.trim() === "" && offered !== undefined;
    const text = isTaken ? offered : teaching.history.expand(typedText);
    if (text === undefined) {
      const [event = "!!"] = EVENT.exec(typedText) ?? [];
      return teaching.present.line(`bash: ${event.trim()}: event not found`);
    }
    // As Bash does, so that it is seen what runs.
    if (text !== typedText) teaching.present.line(text);
    const typed = readTyped(text, teaching.place.isAsking);
    const travels = typed.kind === "verb" && typed.verb.travels === true;
    teaching.changed();
    if (!travels) await teaching.lines.begin(text);
    await attend(teaching, this.#obey(text, typed));
    if (!travels) await teaching.lines.end();
    if (!teaching.isLeaving) await teaching.keepOnce();
  }

  /** Where the learner is, for a picture beside the prompt. */
  shownPlace(language: Language): ShownPlace {
    return shownPlace(this.#teaching, language);
  }

  /** As far as the way of a metric was taught, for the same. */
  course(): Course {
    return courseOf(this.#teaching);
  }

  /** Where a text for the adapter's values is wrong, for an editor that begins there. */
  mistakenLine(text: string): Promise<number | undefined> {
    return this.#teaching.edits.mistakenLine(text);
  }

  /** Says whether all is kept, and how to come back. */
  sayGoodbye(): void {
    const { present, words, isSaved } = this.#teaching;
    const goodbye = isSaved ? words.goodbye : words.goodbyeUnsaved;
    present.line();
    const { lab: { kind, context }, choose } = this.#teaching;
    const here = kind === "context" ? `context=${context}` : kind;
    const isChosen = choose === undefined || choose.current() === here;
    const back = kind === "sandbox" ? tutorCommand : realCommand;
    present.prose(goodbye(`\`${isChosen ? this.#options.command : back(`--on ${here}`)}\``));
    if (context !== undefined) {
      present.note(present.real.stays(context, `\`${realCommand("leave")}\``));
    }
  }

  async #readLine(): Promise<ReadLineResult> {
    const { lab, shell, screen, present, history, notices, words } = this.#teaching;
    present.notices(notices);
    this.#teaching.paceTime();
    this.#remind();
    return await screen.readLine({
      prompt: this.#coloured(this.#prompt()),
      history: history.lines,
      searchWords: words.historySearch,
      complete: (text, cursor) => this.#complete(text, cursor),
      needsMore: async (text) => {
        if (readTyped(text).kind === "verb") return false;
        const open = await shell.needsMore(text);
        return open ? words.open[open.part](open.token) : false;
      },
      tooLong: words.tooLong,
      onKey: () => lab.touch?.(),
    });
  }

  /** The words that may be typed, above the prompt. */
  #remind(): void {
    const { screen, present, place, progress, words, edits } = this.#teaching;
    const { interactive, plain } = screen.capabilities;
    const footer = edits.offered !== undefined
      ? words.footer
      : progress.free
      ? words.footerFree
      : progress.stepDone
      ? place.followingStep || place.followingLesson ? words.footerDone : words.footerEnd
      : place.isAsking
      ? words.footerPredict
      : words.footer;
    // Where a pipe is the learner there is nobody to remind, and who listens has heard it already.
    const again = plain && footer === this.#footer;
    if (interactive && !again) present.note(footer);
    this.#footer = footer;
  }

  /** The prompt; on a real cluster in a colour of its own. */
  #coloured(prompt: string): string {
    const { lab, screen: { style } } = this.#teaching;
    return lab.context === undefined ? style.bold(prompt) : style.bold(style.yellow(prompt));
  }

  #prompt(): string {
    const { lab, place, progress, shell, words } = this.#teaching;
    const at = place.position;
    const folder = shell.place === "~" ? "" : ` ${shell.place}`;
    const { speed, movable } = lab.clock;
    const stands = speed === 0 || lab.timeRuns === false;
    const pace = movable ? ` ${stands ? words.paused : `x${speed}`}` : "";
    const number = place.loaded ? `${at.lesson}.${at.step}` : "";
    const where = progress.free ? words.free : number;
    const cluster = lab.context === undefined ? "" : ` ${lab.context}`;
    return `${where}${cluster}${pace}${folder} $ `.trimStart();
  }

  async #complete(text: string, cursor: number): Promise<Completion> {
    const before = text.slice(0, cursor);
    const [, first, between, start] = /^\s*(\S+)\s+(.*\s)?(\S*)$/.exec(before) ?? [];
    const verb = first === undefined ? undefined : verbNamed(first);
    if (verb?.takes && (between === undefined || verb.most)) {
      const takes = await verb.takes(this.#teaching);
      const candidates = takes.filter((word) => word.startsWith(start));
      return { from: cursor - start.length, candidates };
    }
    const found = await this.#teaching.shell.complete(text, cursor);
    if (found.from > 0) return found;
    const verbs = VERB_WORDS.filter((word) => word.startsWith(before));
    return { from: 0, candidates: [...new Set([...verbs, ...found.candidates])].sort() };
  }

  /** Does what a typed line asks for. */
  async #obey(text: string, typed: TypedLine): Promise<void> {
    const teaching = this.#teaching;
    const { present, words } = teaching;
    if (typed.kind === "nothing") {
      // What was saved in another window is told when somebody comes back to this one.
      await teaching.edits.tell();
      if (teaching.edits.offered !== undefined || teaching.progress.free) return;
      if (!teaching.step) return tellAway(teaching);
      return teaching.progress.stepDone ? await goOn(teaching) : undefined;
    }
    teaching.history.add(text);
    if (typed.kind === "shell") return await runShellLine(teaching, typed);
    if (typed.kind === "guess") return await guess(teaching, typed.text);
    const { verb, words: given } = typed;
    const isTaken = given.length === 0 || verb.most ||
      verb.takes && !given[0].startsWith("-");
    if (!isTaken) return explainVerb(present, verb);
    if (verb.ofStep && !teaching.step) return tellAway(teaching);
    if (verb.ofStep && teaching.progress.free) return present.prose(words.freeNow);
    await verb.run(teaching, ...given);
  }
}
