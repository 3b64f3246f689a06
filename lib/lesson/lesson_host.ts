import { messageOf } from "../base/mod.ts";
import {
  boundedTurns,
  boundTimers,
  endByAccident,
  type Handlers,
  type MessagePortLike,
  Peer,
  said,
} from "../base/mod.ts";
import type { LabView, Lesson, Step } from "./lesson.ts";
import { boundedImporter } from "./lesson_programs.ts";
import { type LoadedLesson, readLessons, type Shelf, STARVED } from "./load.ts";
import { loadRuleChecks } from "./rule_checks.ts";

/** A lesson as data: a step has `asks` where its author wrote a function. */
export interface SentLesson {
  lesson: Omit<Lesson, "steps" | "programs"> & { steps: SentStep[] };
  prose: LoadedLesson["prose"];
}

/** {@linkcode Shelf} as data. */
export type SentShelf = Omit<Shelf, "lessons"> & { lessons: SentLesson[] };

export type SentStep = Omit<Step, "check" | "answer"> & { asks?: "check" | "answer" };

/** Where a function of a lesson's author is. */
export interface StepPlace {
  lesson: string;
  step: string;
}

/** A view that is asked by its number, and what of it is known beforehand. */
export interface SentView extends Pick<LabView, "since" | "drawn"> {
  id: number;
  startMs: number;
}

/** How long a check may go on without asking anything of the lab, in wall milliseconds. */
const STEP_MS = 2_000;
/** How much memory what lessons bring may hold, in bytes. */
const MAX_HEAP = 512 * 2 ** 20;

/** What a lesson could reach others, or the thread's bounds, by; none of it is there when one is brought in. */
const NOT_THEIRS = [
  ..."Worker BroadcastChannel MessageChannel SharedArrayBuffer WebAssembly WebSocket".split(" "),
  ..."EventSource fetch caches localStorage sessionStorage setImmediate setInterval".split(" "),
];

/** How long the first prompt has the machine to itself before the rest of what checks run is loaded, in wall milliseconds. */
const SEAL_MS = 500;

/**
 * Runs what lessons bring to run, behind `port`: the worker's side of the wall. What a check looks at is handed in,
 * a question at a time; this side may read the lessons until they are loaded with all that their checks run, and then
 * nothing any more.
 */
export function hostLessons(port: MessagePortLike): void {
  const lessons: LoadedLesson[] = [];
  let sealed: Promise<void> | undefined;
  /** Loads the rest of what checks run, and ends the permission to read. */
  const seal = () =>
    sealed ??= loadRuleChecks().finally(() => Deno.permissions.revokeSync({ name: "read" }))
      // What waits for that goes on in a turn that is bounded.
      .then(() => new Promise((resolve) => setTimeout(resolve, 0)));
  const tell = (reason: string) => void peer.call("stopped", [reason]).catch(() => {});
  endByAccident(tell);
  const end = (reason: string) => {
    tell(reason);
    later(() => self.close(), 0);
  };
  const later = setTimeout;
  const turns = boundedTurns(STEP_MS, ({ isStarved }) => {
    end(isTooMuch() ? TOO_MUCH : isStarved ? STARVED : "it loops");
  });
  const bounded = (work: () => void) =>
    turns(() => {
      work();
      if (isTooMuch()) end(TOO_MUCH);
    });
  const step = ({ lesson, step }: StepPlace): any =>
    lessons.find((loaded) => loaded.lesson.id === lesson)!.lesson.steps
      .find(({ id }) => id === step);
  const handlers: Handlers = {
    load: async (_call, folder: string, only?: string[]): Promise<SentShelf> => {
      const bring = boundedImporter();
      await import("./mod.ts"); // What lessons import is there before what they may not have is gone.
      for (const name of NOT_THEIRS) delete (globalThis as Record<string, unknown>)[name];
      const { lessons: read, broken } = await readLessons(new URL(folder), bring, only);
      // What one of them leaves to fail on its way does so before they are told to be there.
      await new Promise((resolve) => later(resolve, 0));
      setTimeout(() => void seal().catch(() => {}), SEAL_MS); // Told to the check that needs it.
      const sentLessons: SentLesson[] = [];
      for (const loaded of read) {
        try {
          sentLessons.push(structuredClone(sent(loaded)));
          lessons.push(loaded);
        } catch (error) {
          const { id } = loaded.lesson;
          const why = messageOf(error);
          broken.push({
            id,
            why: said(
              `lessons/${id}/lesson.ts:1: it has a field that is no data (${why}). ` +
                "Functions stand in a step's check or answer alone",
              `lessons/${id}/lesson.ts:1: 데이터가 아닌 필드가 있습니다(${why}). ` +
                "함수는 단계의 check와 answer에만 쓸 수 있습니다",
            ),
          });
        }
      }
      return { lessons: sentLessons, broken };
    },
    ready: async () => await seal(),
    check: async (_call, place: StepPlace, view: SentView) => {
      await seal();
      return await step(place).check(remoteView(view));
    },
    answer: async (_call, place: StepPlace, view: SentView) => {
      await seal();
      return await step(place).answer(remoteView(view));
    },
  };
  boundTimers(bounded);
  const peer: Peer = new Peer(port, { handlers, bounded });

  function remoteView({ id, startMs, since, drawn }: SentView): LabView {
    let nowMs = startMs;
    const ask = async (name: string, ...args: unknown[]) => {
      const [value, atMs] = await peer.call<[any, number]>("view", [id, name, args]);
      nowMs = atMs;
      return value;
    };
    return {
      get: (...args: unknown[]) => ask("get", ...args),
      list: (...args: unknown[]) => ask("list", ...args),
      raw: (...args) => ask("raw", ...args),
      http: (...args) => ask("http", ...args),
      log: (...args) => ask("log", ...args),
      file: (...args) => ask("file", ...args),
      fileFault: (...args) => ask("fileFault", ...args),
      decide: (...args) => ask("decide", ...args),
      now: () => nowMs,
      since,
      drawn,
    };
  }
}

const TOO_MUCH = `it takes more than ${MAX_HEAP / 2 ** 20} MiB of memory`;

function isTooMuch(): boolean {
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external > MAX_HEAP;
}

function sent({ lesson, prose }: LoadedLesson): SentLesson {
  const { programs: _, ...rest } = lesson;
  return { lesson: { ...rest, steps: lesson.steps.map(sentStep) }, prose };
}

function sentStep(step: Step): SentStep {
  if (step.kind === "predict") {
    const { answer: _, ...rest } = step;
    return { ...rest, asks: "answer" };
  }
  const { check, ...rest } = step;
  return { ...rest, ...(check ? { asks: "check" } : {}) };
}
