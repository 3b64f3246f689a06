import { asIs, messageOf, type Peer, said, Thread } from "../base/mod.ts";
import type { SentLesson, SentShelf, SentStep, SentView, StepPlace } from "./lesson_host.ts";
import { type LabView, type Lesson, LessonError, type Step } from "./lesson.ts";
import {
  type BrokenLesson,
  lessonIds,
  LESSONS_URL,
  type Shelf,
  standing,
  STARVED,
} from "./load.ts";

/** How long a check, or an answer, may take, in wall milliseconds; what it looks at takes none of that. */
const CHECK_MS = 30_000;
/**
 * How long all lessons of a folder may take until they are read, in wall milliseconds: the last resort, for each of their
 * files has a bound of its own, of the processor's time, and may not wait. On a busy machine reading them takes minutes.
 */
const LOAD_MS = 600_000;
/** How often a function is run whose thread the machine had no time for: none of it is the lesson's fault. */
const STARVED_TRIES = 3;

/**
 * {@linkcode readLessons}, with what lessons bring to run on a thread of its own, which may read the lessons and
 * what they import, and nothing once they are loaded: a check that throws, loops or waits for ever fails alone, under the name of its lesson.
 * Lessons of `others` stand behind those of `folder`, and run apart from them: each folder has its thread.
 * Errors: LessonError.
 */
export async function loadLessonsApart(
  folder: URL = LESSONS_URL,
  { checkMs = CHECK_MS, others = [] as readonly URL[] } = {},
): Promise<Shelf> {
  const shelves = await Promise.all(
    [folder, ...others].map((one) => loadFolder(one, checkMs)),
  );
  const lessons: Shelf["lessons"] = [];
  const broken = shelves.flatMap((shelf) => shelf.broken);
  for (const loaded of shelves.flatMap((shelf) => shelf.lessons)) {
    const { id } = loaded.lesson;
    if (!lessons.some(({ lesson }) => lesson.id === id)) lessons.push(loaded);
    else {
      broken.push({
        id,
        why: said(
          `There is a lesson "${id}" already: give the other folder, and its id, another name`,
          `"${id}" 수업이 이미 있습니다. 다른 쪽의 폴더와 id를 다른 이름으로 바꾸세요`,
        ),
      });
    }
  }
  // A broken one with the id of one that stands takes nothing from those that need that.
  const [besides, missing] = [true, false].map((isThere) =>
    broken.filter(({ id }) => isThere === lessons.some(({ lesson }) => lesson.id === id))
  );
  const shelf = standing({ lessons, broken: missing });
  return { ...shelf, broken: [...shelf.broken, ...besides] };
}

async function loadFolder(folder: URL, checkMs: number): Promise<Shelf> {
  let thread = new LessonThread(folder, checkMs);
  let shelf: SentShelf;
  try {
    shelf = await thread.load();
  } catch {
    // One of them ended the thread of all: each is tried on one of its own.
    const tried = await Promise.all(
      (await lessonIds(folder)).map((id) => loadAlone(id, folder, checkMs)),
    );
    const broken = tried.filter((lesson) => lesson !== undefined);
    const left = (await lessonIds(folder)).filter((id) => !broken.some((one) => one.id === id));
    thread = new LessonThread(folder, checkMs, left);
    shelf = await thread.load();
    shelf.broken.push(...broken);
  }
  const { lessons, broken } = shelf;
  return {
    broken,
    lessons: lessons.map(({ lesson, prose }) => ({
      lesson: { ...lesson, steps: lesson.steps.map((step) => withFunctions(lesson, step, thread)) },
      prose,
    })),
  };
}

/** Why a lesson ends the thread that it is loaded on; undefined where it does not. */
async function loadAlone(
  id: string,
  folder: URL,
  checkMs: number,
): Promise<BrokenLesson | undefined> {
  const thread = new LessonThread(folder, checkMs, [id]);
  try {
    await thread.load();
  } catch (error) {
    const name = decodeURIComponent(folder.pathname.split("/").at(-2) ?? "lessons");
    const why = messageOf(error);
    return {
      id,
      why: said(
        `${name}/${id}/lesson.ts:1: it fails as it is loaded: ${why}. ` +
          "A file of a lesson describes steps, and does nothing by itself",
        `${name}/${id}/lesson.ts:1: 읽는 중에 실패합니다: ${why}. ` +
          "수업의 파일은 단계를 적을 뿐, 스스로 무엇을 하지 않습니다",
      ),
    };
  } finally {
    thread.end();
  }
}

function withFunctions(
  lesson: SentLesson["lesson"],
  { asks, ...step }: SentStep,
  thread: LessonThread,
): Step {
  if (asks === undefined) return step as Step;
  const run = (view: LabView) => thread.run(asks, lesson, step.id, view);
  return { ...step, [asks]: run } as unknown as Step;
}

/** One thread of the lessons. */
interface Life {
  peer: Peer;
  loaded: Promise<SentShelf>;
  /** Ends it; a new one is begun for the next check. */
  end(reason: string): void;
}

/** What a check looks at, and what looking came to when it failed: that is no mistake of the lesson. */
class Looking {
  failed?: unknown;
  /** For how long it was answered, in wall milliseconds: no time of the check's own. */
  #answeredMs = 0;
  #under = 0;
  #sinceMs = 0;

  constructor(readonly view: LabView) {}

  get answeredMs(): number {
    return this.#answeredMs + (this.#under > 0 ? performance.now() - this.#sinceMs : 0);
  }

  async answer<T>(work: () => Promise<T>): Promise<T> {
    if (this.#under++ === 0) this.#sinceMs = performance.now();
    try {
      return await work();
    } catch (error) {
      this.failed = error;
      throw error;
    } finally {
      if (--this.#under === 0) this.#answeredMs += performance.now() - this.#sinceMs;
    }
  }
}

/** The thread of the lessons; a new one is begun when one has ended. */
class LessonThread {
  readonly #folder: URL;
  readonly #checkMs: number;
  #life: Life | undefined;
  readonly #views = new Map<number, Looking>();
  #nextView = 1;

  constructor(folder: URL, checkMs: number, readonly only?: readonly string[]) {
    this.#folder = folder;
    this.#checkMs = checkMs;
  }

  async load(): Promise<SentShelf> {
    const life = this.#live();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        life.end("They do not come to an end");
        reject(
          new LessonError(said(
            `The lessons of ${this.#folder.pathname} cannot be read: they do not come to an end.`,
            `${this.#folder.pathname}의 수업을 읽을 수 없습니다. 읽는 일이 끝나지 않습니다.`,
          )),
        );
      }, LOAD_MS);
    });
    try {
      return await Promise.race([life.loaded, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Gives the thread up. */
  end(): void {
    this.#life?.end("They are not needed any more");
  }

  /** Runs a function of a lesson's author. Errors: LessonError that names the lesson. */
  async run(
    name: "check" | "answer",
    lesson: Pick<Lesson, "id" | "author">,
    step: string,
    view: LabView,
    { tries = STARVED_TRIES } = {},
  ): Promise<unknown> {
    const life = this.#live();
    // Lessons that are read anew, after one has ended the thread, take none of a check's time.
    try {
      await this.load();
    } catch (error) {
      const why = error instanceof LessonError ? error.told : asIs(messageOf(error));
      throw new LessonError(said(
        `The lessons around "${lesson.id}" cannot be read again: ${why.en}. ` +
          "`skip` goes on without this step.",
        `"${lesson.id}" 수업이 있는 폴더를 다시 읽을 수 없습니다: ${why.ko}. ` +
          "`skip`으로 이 단계를 건너뛸 수 있습니다.",
      ));
    }
    let isLate = false;
    const id = this.#nextView++;
    const looking = new Looking(view);
    this.#views.set(id, looking);
    const place: StepPlace = { lesson: lesson.id, step };
    const { since, drawn } = view;
    const sentView: SentView = { id, startMs: view.now(), since, drawn };
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      // Nor does what checks run, which is loaded before the first.
      await life.peer.call("ready");
      const beganMs = performance.now();
      const late = new Promise<never>((_resolve, reject) => {
        const look = async () => {
          const leftMs = this.#checkMs - (performance.now() - beganMs - looking.answeredMs);
          if (leftMs > 0) {
            timer = setTimeout(look, leftMs);
            return;
          }
          isLate = true;
          // A thread that answers has a check that waits. One that does not is at a step, whose own bound tells what it is.
          await life.peer.call("ready").catch(() => {});
          reject(new Error("it does not come to an end"));
        };
        timer = setTimeout(look, this.#checkMs);
      });
      const call = life.peer.call(name, [place, sentView]);
      call.catch(() => {}); // Late: nobody waits for it any more.
      return await Promise.race([call, late]);
    } catch (error) {
      // Whoever loops behind a timer keeps the thread from every other check.
      if (isLate) life.end("It does not come to an end");
      const why = messageOf(error);
      if (why === STARVED && tries > 1) {
        return await this.run(name, lesson, step, view, { tries: tries - 1 });
      }
      const { failed } = looking;
      if (failed !== undefined && messageOf(failed) === why) throw failed;
      const author = lesson.author ?? "its author";
      throw new LessonError(said(
        `The ${name} of step "${step}" in lesson "${lesson.id}" failed: ${why}. ` +
          `That is a mistake in the lesson; tell ${author}. \`skip\` goes on without it.`,
        `"${lesson.id}" 수업의 "${step}" 단계에서 ${name}이(가) 실패했습니다: ${why}. ` +
          `수업의 실수이니 ${lesson.author ?? "만든 사람"}에게 알려 주세요. ` +
          "`skip`으로 건너뛸 수 있습니다.",
      ));
    } finally {
      clearTimeout(timer);
      this.#views.delete(id);
    }
  }

  #live(): Life {
    this.#life ??= this.#begin();
    return this.#life;
  }

  #begin(): Life {
    const end = (reason: string) => {
      thread.end(reason);
      if (this.#life === life) this.#life = undefined;
    };
    const thread: Thread = new Thread(new URL("./lesson_worker.ts", import.meta.url), {
      name: "lessons",
      permissions: { read: [this.#folder, new URL("../", import.meta.url)] },
      handlers: {
        view: async (
          _call,
          id: number,
          name: Exclude<keyof LabView, "since" | "drawn">,
          args: unknown[],
        ) => {
          const looking = this.#views.get(id);
          if (!looking) throw new Error("The check is over");
          const ask = looking.view[name] as (...args: unknown[]) => unknown;
          return await looking.answer(async () => [await ask(...args), looking.view.now()]);
        },
        stopped: (_call, reason: string) => end(reason),
      },
      errors: { LessonError: (message) => new LessonError(asIs(message)) },
      onDeath: (reason) => end(reason),
    });
    const { peer } = thread;
    const loaded = peer.call<SentShelf>("load", [this.#folder.href, this.only]);
    loaded.catch(() => end("they could not be loaded"));
    const life: Life = { peer, loaded, end };
    return life;
  }
}
