import { KubeClient, type KubeObject } from "../../lib/kube/mod.ts";
import {
  dealBreaks,
  type Lesson,
  lessonChain,
  type LoadedLesson,
  loadLessons,
  plantBreaks,
  type PlayedLine,
  type PlayedStep,
  playLesson,
  playSetup,
  playStep,
  type Stage,
} from "../../lib/lesson/mod.ts";
import { type Account, Chronicle, type ScriptAccount, type StepAccount } from "./_account.ts";
import type { Expectations } from "./_compare.ts";
import { plain } from "./_plain.ts";

/** Lines that are played on both, and no lesson: `control-plane`. */
export interface Script {
  id: string;
  steps: { id: string; lines: string[] }[];
}

export type Playable = Script | LoadedLesson;

const CONTROL_PLANE = "control-plane";

/** What a lesson's or a script's name, or the beginning of one, stands for; all lessons where none is named. */
export async function playables(names: readonly string[]): Promise<Playable[]> {
  const lessons = await loadLessons();
  if (names.length === 0) return lessons.filter(({ lesson }) => !lesson.breaks);
  return await Promise.all(names.map(async (name) => {
    if (name === CONTROL_PLANE) return await readScript(name);
    const found = lessons.find(({ lesson: { id } }) => id === name || id.startsWith(`${name}-`));
    if (!found) throw new Error(`there is no lesson "${name}", and ${CONTROL_PLANE} is no lesson`);
    return found;
  }));
}

export function idOf(one: Playable): string {
  return "lesson" in one ? one.lesson.id : one.id;
}

/** Reads `control_plane.txt`: a heading `== STEP`, and its lines. */
async function readScript(id: string): Promise<Script> {
  const text = await Deno.readTextFile(new URL(`${id.replaceAll("-", "_")}.txt`, import.meta.url));
  const steps: Script["steps"] = [];
  for (const line of text.split("\n")) {
    const [, heading] = /^== (\S+)$/.exec(line) ?? [];
    if (heading) steps.push({ id: heading, lines: [] });
    else if (line !== "" && !line.startsWith("#")) steps.at(-1)!.lines.push(line);
  }
  return { id, steps };
}

/** The expectations of the lessons among what is played. */
export function expectationsOf(played: readonly Playable[]): Expectations {
  return (script, id) => {
    const one = played.find((each) => idOf(each) === script);
    if (!one || !("lesson" in one)) return undefined;
    const step = one.lesson.steps.find((step) => step.id === id);
    return step?.kind === "run" ? step.expect : undefined;
  };
}

/** What is told while it is played: a step before it begins. */
type Tell = (text: string) => void;

/**
 * Plays lessons and scripts one after the other, each on what it requires, and gives an account of them. A lesson that
 * does not go as it says ends there.
 */
export async function playAll(
  stage: Stage,
  wanted: readonly Playable[],
  tell: Tell,
): Promise<Account> {
  const client = new KubeClient(stage.lab.api);
  const chronicle = new Chronicle(client, { settles: stage.lab.kind !== "sandbox" });
  const made = await run(stage, "make install-kind");
  if (made.exitCode !== 0) throw new Error(`no cluster: ${made.stdout}${made.stderr}`);
  if (wanted.some((one) => !("lesson" in one))) {
    // On a cluster they are somebody's, who has done it.
    await run(stage, "kubectl cordon hpa-practice-control-plane hpa-practice-worker");
  }
  await chronicle.begin();
  const version = await client.json("GET", "/version");
  const { items: nodes } = await client.list<KubeObject>("v1/nodes");
  const scripts: ScriptAccount[] = [];
  let done: string[] | undefined;
  for (const one of wanted) {
    tell(`== ${idOf(one)}\n`);
    if ("lesson" in one) {
      done = await arriveAt(stage, one.lesson, done);
      scripts.push(await playOne(stage, one.lesson, chronicle, tell));
      done.push(one.lesson.id);
    } else scripts.push(await playScript(stage, one, chronicle, tell));
  }
  return {
    kubernetes: version.gitVersion,
    nodes: nodes.length,
    date: new Date().toISOString().slice(0, 10),
    scripts,
  };
}

/** Plays what a lesson requires and is not done; gives what is done. */
async function arriveAt(
  stage: Stage,
  { id }: Lesson,
  done: string[] | undefined,
): Promise<string[]> {
  const now = done ?? [];
  if (!done) await run(stage, "make uninstall");
  for (const lesson of lessonChain(id, await loadLessons())) {
    if (now.includes(lesson.id)) continue;
    const { ok, steps } = await playLesson(stage, lesson);
    if (!ok) throw new Error(`"${lesson.id}" does not play: ${wrongIn(steps.at(-1)!).join("; ")}`);
    now.push(lesson.id);
  }
  return now;
}

async function playOne(
  stage: Stage,
  lesson: Lesson,
  chronicle: Chronicle,
  tell: Tell,
): Promise<ScriptAccount> {
  const steps: StepAccount[] = [];
  const drawn = lesson.breaks ? dealBreaks(lesson.breaks, { seed: "1", pass: 0 }) : [];
  const at = { ...stage, drawn: drawn.map(({ id }) => id) };
  const failed = await playSetup(at, lesson) ?? await plantBreaks(at, lesson);
  if (failed) throw new Error(`${lesson.id} cannot begin: ${failed.line}\n${failed.stderr}`);
  for (const step of lesson.steps) {
    tell(`   ${step.id}\n`);
    const played = await playStep(at, step);
    // A line that was run again, until it was as expected, is the one that counts.
    const lines = played.rerun ? [...played.lines.slice(0, -1), played.rerun] : played.lines;
    steps.push({
      id: step.id,
      ok: played.ok,
      ...played.ok ? {} : { wrong: wrongIn(played).map(plain) },
      lines: lines.map(plainLine),
      ...await chronicle.step(),
    });
    if (!played.ok) break;
  }
  return { id: lesson.id, steps };
}

async function playScript(
  stage: Stage,
  { id, steps }: Script,
  chronicle: Chronicle,
  tell: Tell,
): Promise<ScriptAccount> {
  const played: StepAccount[] = [];
  for (const step of steps) {
    tell(`   ${step.id}\n`);
    const lines: StepAccount["lines"] = [];

    for (const line of step.lines) lines.push(plainLine(await run(stage, line)));
    played.push({ id: step.id, ok: true, lines, ...await chronicle.step() });
  }
  return { id, steps: played };
}

async function run(stage: Stage, line: string): Promise<PlayedLine> {
  return { line, ...await stage.shell.run(line, {}) };
}

function plainLine(
  { line, exitCode, stdout, stderr, printed }: PlayedLine,
): StepAccount["lines"][0] {
  return { line, exitCode, printed: plain(printed ?? stdout + stderr) };
}

function wrongIn({ comparison, findings, lines }: PlayedStep): string[] {
  const failed = lines.filter(({ exitCode }) => exitCode !== 0);
  return [
    ...findings.map(({ actual }) => actual.en),
    ...comparison?.differences.map(({ where, expected, actual }) =>
      `${where}: "${expected}" is "${actual}"`
    ) ?? [],
    ...failed.map(({ line, stderr }) => `${line}: ${stderr.trim().split("\n").at(-1)}`),
  ];
}
