import { messageOf, pause } from "../base/mod.ts";
import type { Frame, FrameQuestion } from "./frame.ts";
import { clockNow, lookAround, type Scene } from "./look.ts";

/** Wall time between two looks at the least, and how much longer than a look took is waited for the next. */
const LEAST_MS = 1_000;
const PAUSES = 20;
/** So many pages may look at once. */
const MOST_PAGES = 16;
/** How long the lab may be silent before it is left alone, in wall milliseconds. */
const BUSY_MS = 1_000;
/** A line that says nothing, so that who went away is noticed. */
const BEAT_MS = 15_000;

/** What was seen once, and the sign of what it was seen of; `busy` where the lab did not answer. */
interface Look {
  frame: Partial<Frame>;
  sign: string;
  busy?: string;
}

/** A look that all pages share that ask the same, until it is time for the next. */
interface SharedLook {
  look: Promise<Look>;
  /** Where the learner was, and what he had done. */
  after: string;
  /** Lab time when it was begun. */
  seenMs: number;
  untilMs: number;
}

/** Pages that are open, each with a stream of what it shows. */
export class LivePages {
  readonly #scene: Scene;
  /** Each with its question, as text. */
  readonly #open = new Map<AbortController, string>();
  readonly #looks = new Map<string, SharedLook>();
  /** Ends with the last look that was begun: there is one at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** How many there are. */
  get count(): number {
    return this.#open.size;
  }

  close(): void {
    for (const page of this.#open.keys()) page.abort();
  }

  /**
   * What is shown as server-sent events, until the request is aborted; undefined when too many look. For a page that does
   * not read, nothing is looked at.
   */
  stream(question: FrameQuestion, gone: AbortSignal): ReadableStream<Uint8Array> | undefined {
    if (this.#open.size >= MOST_PAGES) return undefined;
    const page = new AbortController();
    const asked = JSON.stringify(question);
    this.#open.set(page, asked);
    const leave = () => {
      this.#open.delete(page);
      if (![...this.#open.values()].includes(asked)) this.#looks.delete(asked);
    };
    page.signal.addEventListener("abort", leave, { once: true });
    gone.addEventListener("abort", () => page.abort(), { once: true });
    if (gone.aborted) page.abort();
    const told = this.#tell(question, page.signal);
    const encoder = new TextEncoder();
    return new ReadableStream({
      pull: async (controller) => {
        const { value, done } = await told.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      cancel: () => page.abort(),
    });
  }

  async *#tell(question: FrameQuestion, signal: AbortSignal): AsyncGenerator<string, void> {
    const sent = new Map<string, string>();
    // What is known without asking the lab is there at once.
    const place = this.#scene.place?.(question.language) ?? null;
    yield `data: ${JSON.stringify({ clock: clockNow(this.#scene), place })}\n\n`;
    let last: Look | undefined;
    let beatMs = performance.now();
    while (!signal.aborted) {
      const changed: Record<string, unknown> = {};
      const look = await this.#look(question, last);
      const busy = look.busy === undefined ? {} : { busy: look.busy };
      const clock = { ...clockNow(this.#scene), ...busy };
      const news = look === last ? { clock } : { ...look.frame, clock };
      last = look;
      for (const [part, value] of Object.entries(news)) {
        const text = JSON.stringify(value);
        if (sent.get(part) === text) continue;
        sent.set(part, text);
        changed[part] = value;
      }
      if (signal.aborted) return;
      if (Object.keys(changed).length > 0) {
        yield `data: ${JSON.stringify(changed)}\n\n`;
        beatMs = performance.now();
      } else if (performance.now() - beatMs > BEAT_MS) {
        yield ":\n\n";
        beatMs = performance.now();
      }
      await pause(LEAST_MS, signal);
    }
  }

  /** What there is to see, `last` where nothing can have changed since or it is not time yet. */
  async #look(question: FrameQuestion, last: Look | undefined): Promise<Look> {
    const { lab } = this.#scene;
    if (last && this.#sign(question) === last.sign) return last;
    if ((lab.silentMs ?? 0) > BUSY_MS) return { frame: {}, sign: "", busy: lab.doing ?? "" };
    const asked = JSON.stringify(question);
    const { done } = lab.lines ?? { done: [] };
    const place = this.#scene.place?.(question.language);
    const after = JSON.stringify([place, done.length, done.at(-1)]);
    let shared = this.#looks.get(asked);
    // Whoever goes on to another step, or did something, is not shown what belongs to before, nor, where a line was
    // undone, what was and is no more.
    const isOver = (known: SharedLook) =>
      known.after !== after || lab.clock.now() < known.seenMs ||
      performance.now() > known.untilMs;
    if (!shared || isOver(shared)) {
      const begun: SharedLook = {
        look: Promise.resolve(NOTHING),
        after,
        seenMs: lab.clock.now(),
        untilMs: Infinity,
      };
      begun.look = this.#turn.then(async () => {
        // Nobody waits for it any more.
        if (this.#looks.get(asked) !== begun) return NOTHING;
        const startMs = performance.now();
        begun.seenMs = lab.clock.now();
        const look = await this.#lookNow(question);
        const endMs = performance.now();
        const pauseMs = PAUSES * (endMs - startMs) * this.#looks.size;
        begun.untilMs = endMs + Math.max(LEAST_MS, pauseMs);
        return look;
      });
      this.#turn = begun.look;
      this.#looks.set(asked, begun);
      shared = begun;
    }
    return await shared.look;
  }

  async #lookNow(question: FrameQuestion): Promise<Look> {
    const sign = this.#sign(question);
    try {
      return { frame: await lookAround(this.#scene, question), sign };
    } catch (error) {
      // A lab that ended, or is being made: it is looked at again.
      return { frame: {}, sign: "", busy: messageOf(error) };
    }
  }

  /** Another one whenever something may have changed. */
  #sign({ language }: FrameQuestion): string {
    const { lab } = this.#scene;
    return lab.lines
      ? JSON.stringify([lab.clock.now(), lab.lines.changes, this.#scene.place?.(language)])
      : `${performance.now()}`;
  }
}

const NOTHING: Look = { frame: {}, sign: "" };
