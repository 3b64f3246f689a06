import { type Lesson, lessonChain, LESSONS_URL, type LoadedLesson } from "../lesson/mod.ts";
import type { AuthorStage, KeptStage } from "./author_stage.ts";
import { AuthorsFault } from "./fenced.ts";
import { type GateProgress, Playing } from "./playing.ts";
import { LessonFiles, type Manuscript, type Problem } from "./problem.ts";
import { untaught } from "./taught.ts";
import { textProblems } from "./texts.ts";

/** Labs in which lessons were played, one after the other, kept for the next check. */
export interface StartCache {
  /** The lab in which just these were played; undefined where none is kept. */
  get(lessons: readonly string[], seed: number): Promise<KeptStage | undefined>;
  put(lessons: readonly string[], seed: number, kept: KeptStage): Promise<void>;
}

export interface GateOptions {
  /** How many draws are played of a lesson that plants breaks. */
  draws?: number;
  /** The seeds of the labs that it is played on; on all but the first its solution alone. */
  seeds?: readonly number[];
  /** Where the lessons' files are, the first that has one. */
  folders?: readonly URL[];
  starts?: StartCache;
}

/** What a check of a lesson found; no problem means it can be taught. */
export interface LessonReport {
  id: string;
  problems: Problem[];
}

/**
 * The gate of lessons: the texts of each are all there and fit what is played, its start state does not pass, its
 * solution does on every seed, and every listed wrong answer fails with its own words. All is played on one stage, which
 * goes back to where it was before each answer: its code is loaded and warm.
 */
export class LessonGate {
  readonly #lessons: readonly LoadedLesson[];
  readonly #options: Required<Omit<GateOptions, "starts">>;
  readonly #starts: StartCache;
  readonly #stage: Promise<AuthorStage>;

  /** @param stage is closed with the gate; it may still be coming up. */
  constructor(
    lessons: readonly LoadedLesson[],
    stage: Promise<AuthorStage>,
    { starts, draws = 2, seeds = [1], folders = [LESSONS_URL] }: GateOptions = {},
  ) {
    this.#lessons = lessons;
    this.#stage = stage;
    this.#options = { draws, seeds, folders };
    this.#starts = starts ?? keptHere();
  }

  /** What is found of a lesson. One that others require is played once, when they come after it. */
  async check(
    loaded: LoadedLesson,
    onProgress: (progress: GateProgress) => void = () => {},
  ): Promise<LessonReport> {
    const { lesson } = loaded;
    const files = await LessonFiles.read(lesson.id, this.#options.folders);
    const required = lessonChain(lesson.id, this.#lessons);
    const manuscript: Manuscript = { ...loaded, files };
    const problems = [
      ...textProblems(manuscript),
      ...untaught(loaded, required, this.#lessons, files),
    ];
    const [first, ...others] = this.#options.seeds;
    for (const seed of [first, ...others]) {
      if (seed !== first) {
        if (problems.length > 0) break;
        onProgress({ at: "seed", name: String(seed) });
      }
      problems.push(...await this.#played(manuscript, required, seed, seed === first, onProgress));
    }
    return { id: lesson.id, problems };
  }

  /** The stage at a lesson's start, its setup done, until the gate is closed; why it cannot be had. */
  async open(loaded: LoadedLesson): Promise<{ stage?: AuthorStage; problems: Problem[] }> {
    const { lesson } = loaded;
    const files = await LessonFiles.read(lesson.id, this.#options.folders);
    const playing = new Playing(lesson, files, this.#options.draws, () => {});
    const required = lessonChain(lesson.id, this.#lessons);
    const start = await this.#start(required, this.#options.seeds[0], playing);
    if (!start.stage) return start;
    const problems = await playing.setup(start.stage);
    return problems.length === 0 ? start : { problems };
  }

  /** The same as the lesson leaves it. */
  async openAfter(loaded: LoadedLesson): Promise<{ stage?: AuthorStage; problems: Problem[] }> {
    const { lesson } = loaded;
    const files = await LessonFiles.read(lesson.id, this.#options.folders);
    const playing = new Playing(lesson, files, this.#options.draws, () => {});
    const required = [...lessonChain(lesson.id, this.#lessons), lesson];
    return await this.#start(required, this.#options.seeds[0], playing);
  }

  async #played(
    { lesson, files }: Manuscript,
    required: readonly Lesson[],
    seed: number,
    isWhole: boolean,
    onProgress: (progress: GateProgress) => void,
  ): Promise<Problem[]> {
    const playing = new Playing(lesson, files, this.#options.draws, onProgress);
    try {
      const { stage, problems: before } = await this.#start(required, seed, playing);
      if (!stage) return before;
      const problems = isWhole
        ? await playing.everything(stage)
        : await playing.solution(stage, seed);
      if (problems.length === 0 && !lesson.breaks) {
        await this.#keep([...required, lesson], seed, stage);
      }
      return problems;
    } catch (error) {
      if (!(error instanceof AuthorsFault)) throw error;
      return [playing.faultOf(error)];
    }
  }

  /** The lab in which all that a lesson requires was played. */
  async #start(
    required: readonly Lesson[],
    seed: number,
    playing: Playing,
  ): Promise<{ stage?: AuthorStage; problems: Problem[] }> {
    const stage = await this.#stage;
    const idsOf = (count: number) => required.slice(0, count).map(({ id }) => id);
    let count = required.length;
    let kept: KeptStage | undefined;
    for (; count > 0; count--) {
      kept = await this.#starts.get(idsOf(count), seed);
      if (kept) break;
    }
    delete stage.drawn;
    await (kept ? stage.goBack(kept) : stage.begin(seed));
    for (; count < required.length; count++) {
      const problem = await playing.required(stage, required[count]);
      if (problem) return { problems: [problem] };
      await this.#keep(required.slice(0, count + 1), seed, stage);
    }
    return { stage, problems: [] };
  }

  async #keep(lessons: readonly Lesson[], seed: number, stage: AuthorStage): Promise<void> {
    await this.#starts.put(lessons.map(({ id }) => id), seed, await stage.keep());
  }

  /** Closes its stage. */
  async close(): Promise<void> {
    // Where it did not come up that is told by what wanted it.
    await this.#stage.then((stage) => stage.close(), () => {});
  }
}

/** Without a cache, what a gate has kept itself. */
function keptHere(): StartCache {
  const starts = new Map<string, KeptStage>();
  const key = (lessons: readonly string[], seed: number) => [seed, ...lessons].join(" ");
  return {
    get: (lessons, seed) => Promise.resolve(starts.get(key(lessons, seed))),
    put: (lessons, seed, kept) => {
      starts.set(key(lessons, seed), kept);
      return Promise.resolve();
    },
  };
}
