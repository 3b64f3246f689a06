import { openWorkbench } from "../../lib/cli/context.ts";
import { FILES_DUE } from "../../lib/labs/mod.ts";
import { loadLessonsApart, playSetup, playStep, type Step } from "../../lib/lesson/mod.ts";
import { Notices } from "../../lib/tutor/mod.ts";
import { beginAnew } from "../../lib/tutor/progress.ts";
import { Presenter } from "../../lib/tutor/present.ts";
import { runShellLine } from "../../lib/tutor/shell_line.ts";
import { enterLesson, openStep } from "../../lib/tutor/show.ts";
import { Teaching } from "../../lib/tutor/teaching.ts";
import { readTyped } from "../../lib/tutor/typed_line.ts";
import { ScriptedScreen } from "../tutor/scripted_screen.ts";

/** What came of lines typed at a step. */
export interface Typed {
  isDone: boolean;
  /** The id of the step that is open then. */
  step: string;
  /** What the tutor and the commands said. */
  said: string;
  /** Lab time that passed. */
  passedMs: number;
}

/** Variables, aliases and folder of the shell; `$?` is none of them. */
function environmentOf({ shell }: Teaching): string {
  const { "?": _, ...environment } = shell.environment ?? {};
  return JSON.stringify(environment);
}

/** Someone who types at the tutor's prompt, and whose lines are then as if they had not been. */
export class Typist {
  private constructor(
    readonly teaching: Teaching,
    readonly screen: ScriptedScreen,
    readonly close: () => Promise<void>,
  ) {}

  static async sitDown(): Promise<Typist> {
    const home = await Deno.makeTempDir();
    const { lab, shell, files, close } = await openWorkbench(home, { purpose: "typist" });
    const screen = new ScriptedScreen([]);
    const teaching = new Teaching({
      lab,
      shell,
      present: new Presenter(screen, "en"),
      notices: new Notices(),
      lessons: (await loadLessonsApart()).lessons,
      resetFiles: () => Promise.reject(new Error("nobody resets")),
      files,
      command: "tutor",
    });
    return new Typist(teaching, screen, async () => {
      await close();
      await Deno.remove(home, { recursive: true });
    });
  }

  /** Opens a lesson whose start the lab is at. */
  async enter(id: string): Promise<readonly Step[]> {
    const { teaching } = this;
    const { lesson } = teaching.lessons.find(({ lesson }) => lesson.id.startsWith(id))!;
    const failed = await playSetup(teaching.stage, lesson);
    if (failed) throw new Error(failed.stderr);
    beginAnew(teaching.progress, lesson.id);
    enterLesson(teaching, lesson);
    return lesson.steps;
  }

  /** Types lines at a step, one after another, and undoes them. */
  async tries(step: Step, lines: readonly string[]): Promise<Typed> {
    const { teaching, screen } = this;
    const { lab, progress } = teaching;
    openStep(teaching, step);
    const done = structuredClone(progress.done);
    await teaching.keep();
    const [from, fromMs, changes] = [screen.written.length, lab.clock.now(), lab.lines!.changes];
    const environment = environmentOf(teaching);
    await teaching.lines.begin("typed");
    for (const line of lines) await this.#type(line);
    const typed: Typed = {
      isDone: progress.stepDone === true && progress.step === step.id,
      step: progress.step!,
      said: screen.written.slice(from),
      passedMs: lab.clock.now() - fromMs,
    };
    // A visit is in nginx's log, and changes nothing that is asked of the API.
    const visits = lines.some((line) => line.includes("30951"));
    if (visits || changes !== lab.lines!.changes || typed.passedMs > 0) {
      teaching.files!.changes().stage();
      lab.lines!.end(true);
      await lab.lines!.undo(1);
      teaching.followLab();
    } else {
      // The same, and cheaper where the lab is as it was.
      if (teaching.files!.changes().paths.length > 0) lab.state.put(FILES_DUE, "typed");
      teaching.files!.restore();
      if (environment !== environmentOf(teaching)) teaching.shell.forget!(JSON.parse(environment));
      await teaching.lines.end();
    }
    progress.done = done;
    return typed;
  }

  async #type(line: string): Promise<void> {
    const typed = readTyped(line);
    if (typed.kind === "verb") return await typed.verb.run(this.teaching, ...typed.words);
    if (typed.kind === "shell") await runShellLine(this.teaching, typed);
  }

  /** Does a step as its author would. */
  async does(step: Step): Promise<void> {
    const { teaching } = this;
    openStep(teaching, step);
    const played = await playStep(teaching.stage, step);
    if (!played.ok) throw new Error(`${step.id}: ${JSON.stringify(played.findings)}`);
    teaching.place.finish("done");
  }
}
