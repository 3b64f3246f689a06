import { PROJECT_URL, type Workbench } from "../../lib/cli/context.ts";
import { programVersion } from "../../lib/cli/version.ts";
import { type LoadedLesson, loadLessons } from "../../lib/lesson/mod.ts";
import { Notices, Presenter, resetWorkspace, Tutor } from "../../lib/tutor/mod.ts";
import { ScriptedScreen } from "../tutor/scripted_screen.ts";

type Row = (what: string, figure: string, against?: string, ratio?: string) => void;

/** What is measured of a session: each line from the prompt that it is typed at to the next. */
class TimedScreen extends ScriptedScreen {
  readonly tookMs: number[] = [];
  #atMs: number | undefined;

  override readLine(options: { prompt: string }) {
    const nowMs = performance.now();
    if (this.#atMs !== undefined) this.tookMs.push(nowMs - this.#atMs);
    this.#atMs = nowMs;
    return super.readLine(options);
  }
}

const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 0)} ms`;
const middle = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** What undo costs, and each line for its sake, with the whole lab there; the lab is left at the last lesson's start. */
export async function measureUndo(bench: Workbench, row: Row): Promise<void> {
  const { lab, shell, plan, files } = bench;
  const lessons = await loadLessons();
  const session = async (lines: string[]): Promise<number[]> => {
    const screen = new TimedScreen(lines);
    await new Tutor({
      lab,
      shell,
      present: new Presenter(screen, "en"),
      notices: new Notices(),
      lessons,
      language: "en",
      command: "tutor",
      resetFiles: () => resetWorkspace(plan),
      files,
      version: () => programVersion(PROJECT_URL),
    }).run();
    return screen.tookMs;
  };
  const quiet = Array<string>(20).fill("true");
  const alone: number[] = [];
  for (const line of quiet) {
    const startMs = performance.now();
    await shell.run(line);
    alone.push(performance.now() - startMs);
  }
  const inTutor = middle(await session(quiet));
  row(
    "a line in the tutor: run, judged, saved, and kept to be undone",
    ms(inTutor),
    `the shell alone, ${ms(middle(alone))}`,
    `+${ms(inTutor - middle(alone))}`,
  );
  const scale = "kubectl scale deployment --all --replicas=2";
  const travels = ["undo", "redo", "undo", "redo", "undo"];
  const [scaleMs, ...travelMs] = await session([scale, ...travels]);
  row(
    "one undo, or redo, with the whole lab",
    ms(middle(travelMs)),
    `the line, ${ms(scaleMs)}`,
  );
  // What plants breaks does that each time.
  const last = `${lessons.findLastIndex(({ lesson }) => !lesson.breaks) + 1}`;
  const start = [`start ${last}`, "y"];
  const times = await session([...start, "kubectl create configmap mine", ...start]);
  const [builtMs, keptMs] = [times[0] + times[1], times[3] + times[4]];
  row("start LAST, built by playing what it requires", ms(builtMs));
  row(
    "start LAST, kept from an earlier build",
    ms(keptMs),
    `built, ${ms(builtMs)}`,
    `${(builtMs / keptMs).toFixed(0)} x`,
  );
  await measureCheck(lessons, session, row);
}

/** What `check` costs where a rule is wrong: it walks from the learner's file to the metric. */
async function measureCheck(
  lessons: readonly LoadedLesson[],
  session: (lines: string[]) => Promise<number[]>,
  row: Row,
): Promise<void> {
  const at = lessons.findIndex(({ lesson }) => lesson.id === "06-adapter-rules");
  const { steps } = lessons[at].lesson;
  const task = steps.find((step) => step.kind === "task")!;
  const before = [`start ${at + 1}`, "y", ...Array<string>(steps.indexOf(task)).fill("skip")];
  const edit = task.wrongAnswers!.at(-1)!.lines;
  const took = await session([...before, ...edit, "check"]);
  row(
    "check, after a rule was spoilt and installed",
    ms(took.at(-1)!),
    `the lines that did it, ${ms(took.slice(before.length, -1).reduce((sum, one) => sum + one))}`,
  );
}
