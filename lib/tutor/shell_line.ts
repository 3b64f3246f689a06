import { isSameLine, type PlayedLine } from "../lesson/mod.ts";
import { codeSpan } from "../term/mod.ts";
import { noteOutOfTurn } from "./out_of_turn.ts";
import { span } from "./present.ts";
import { finishStep, goOn } from "./steps.ts";
import type { Teaching } from "./teaching.ts";
import type { TypedLine } from "./typed_line.ts";
import { VERB_WORDS, verbNamed } from "./verbs.ts";

/** Runs a line in the shell, shows what it prints, and looks what the open step makes of it. */
export async function runShellLine(
  teaching: Teaching,
  { text, opensEditor }: TypedLine & { kind: "shell" },
): Promise<void> {
  await anticipate(teaching, text);
  await teaching.edits.begin();
  const { screen, present } = teaching;
  // What the shell took for the last command of a pasted block.
  let line = text.trim();
  const output = present.output.open();
  const stopWaiting = showTime(teaching);
  const show = (text: string) => {
    stopWaiting();
    output.write(text);
  };
  const result = await teaching.interruptibly((signal) => {
    signal.addEventListener("abort", stopWaiting);
    return teaching.run(text, {
      began: (command) => line = command.trim(),
      out: show,
      err: show,
      // Without drawing there are no pages to turn: it is folded as everything is.
      ...(screen.capabilities.plain ? {} : {
        page: (text: string) => {
          stopWaiting();
          return screen.page(text);
        },
      }),
      signal,
      columns: screen.capabilities.columns,
      language: present.language,
      words: VERB_WORDS,
      plain: screen.capabilities.plain,
      holdsSums: teaching.place.isAsking,
      // Only the one command wants them, and they are many.
      ...(/\bhistory\b/.test(text) ? { history: teaching.history.lines } : {}),
      ...(screen.onInput && screen.capabilities.interactive
        ? {
          keyboard: (onText) => {
            stopWaiting();
            output.letThrough();
            return screen.onInput!(onText);
          },
        }
        : {}),
    });
  }, opensEditor).finally(stopWaiting);
  output.end(result.printed);
  const printed = result.stdout + result.stderr;
  if (printed !== "" && !printed.endsWith("\n")) present.line();
  const [first, ...rest] = line.split(/\s+/);
  const likely = verbNamed(first)?.likely?.(rest);
  if (likely !== undefined) present.prose(present.words.didYouMean(codeSpan(likely)));
  // Where Ctrl-C gave the shell up, nobody waits for the next one before the prompt; the next line looks at the files.
  if (teaching.shell.isComingUp !== true) {
    await teaching.edits.tell({ line, exitCode: result.exitCode });
  }
  await judgeLine(teaching, { line, ...result });
}

/** Shows how time goes by while a line has printed nothing, where any does; gives what ends that. */
function showTime({ lab, present }: Teaching): () => void {
  const { passing } = lab.context === undefined ? present.words : present.real;
  const beganMs = lab.clock.now();
  return present.passing(() => {
    const passedMs = lab.clock.now() - beganMs;
    return passedMs > 0 ? passing(span(passedMs)) : undefined;
  });
}

/** Says what the open step, and any other, makes of a line. */
async function judgeLine(teaching: Teaching, played: PlayedLine): Promise<void> {
  const { progress, judge, place: { step } } = teaching;
  if (!step || progress.free) return;
  const before = progress.step;
  if (progress.stepDone) return await noteOutOfTurn(teaching, played);
  const result = await judge.judge(step, played);
  if (result.ok) return await finishStep(teaching, "done", { by: played });
  await noteOutOfTurn(teaching, played);
  const { told } = teaching.edits;
  const isTold = told !== undefined && result.findings[0]?.actual.en.includes(told);
  // Who clears the screen wants it clear.
  const isCleared = played.line.trim() === "clear";
  if (progress.step === before && !isTold && !isCleared) {
    judge.remark(result, step, played);
  }
}

/** A line that is the next step's goes there by itself when this one is done. */
async function anticipate(teaching: Teaching, text: string): Promise<void> {
  const { stepDone, free } = teaching.progress;
  if (!stepDone || free) return;
  const following = teaching.place.followingStep;
  if (following?.kind !== "run") return;
  if (following.lines.some((line) => isSameLine(line, text))) await goOn(teaching);
}
