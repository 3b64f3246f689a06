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

/** Pages that are open, each with a stream of what it shows. */
export class LivePages {
  readonly #scene: Scene;
  readonly #open = new Set<AbortController>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** How many there are. */
  get count(): number {
    return this.#open.size;
  }

  close(): void {
    for (const page of this.#open) page.abort();
  }

  /** What is shown as server-sent events, until the request is aborted; undefined when too many look. */
  stream(question: FrameQuestion, gone: AbortSignal): ReadableStream<Uint8Array> | undefined {
    if (this.#open.size >= MOST_PAGES) return undefined;
    const page = new AbortController();
    this.#open.add(page);
    gone.addEventListener("abort", () => page.abort(), { once: true });
    if (gone.aborted) page.abort();
    return new ReadableStream({
      start: (controller) => {
        const encoder = new TextEncoder();
        const send = (text: string) => {
          if (!page.signal.aborted) controller.enqueue(encoder.encode(text));
        };
        void this.#tell(question, send, page.signal).finally(() => {
          this.#open.delete(page);
          try {
            controller.close();
          } catch {
            // Whoever read it has cancelled it.
          }
        });
      },
      cancel: () => page.abort(),
    });
  }

  async #tell(
    question: FrameQuestion,
    send: (text: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const sent = new Map<string, string>();
    // What is known without asking the lab is there at once.
    const place = this.#scene.place?.(question.language) ?? null;
    send(`data: ${JSON.stringify({ clock: clockNow(this.#scene), place })}\n\n`);
    let looked = "";
    let beatMs = performance.now();
    while (!signal.aborted) {
      const startMs = performance.now();
      const changed: Record<string, unknown> = {};
      const { frame, sign } = await this.#look(question, looked);
      looked = sign;
      for (const [part, value] of Object.entries(frame)) {
        const text = JSON.stringify(value);
        if (sent.get(part) === text) continue;
        sent.set(part, text);
        changed[part] = value;
      }
      if (Object.keys(changed).length > 0) {
        send(`data: ${JSON.stringify(changed)}\n\n`);
        beatMs = performance.now();
      } else if (performance.now() - beatMs > BEAT_MS) {
        send(":\n\n");
        beatMs = performance.now();
      }
      const tookMs = performance.now() - startMs;
      await pause(Math.max(LEAST_MS, PAUSES * tookMs), signal);
    }
  }

  /** What is there now; the clock alone where nothing can have changed since `looked`, or the lab does not answer. */
  async #look(
    question: FrameQuestion,
    looked: string,
  ): Promise<{ frame: Partial<Frame>; sign: string }> {
    const scene = this.#scene;
    const { lab } = scene;
    const clock = clockNow(scene);
    const place = scene.place?.(question.language);
    const sign = lab.lines
      ? JSON.stringify([clock.nowMs, lab.lines.changes, place])
      : `${performance.now()}`;
    if (sign === looked) return { frame: { clock }, sign };
    const busy = (doing = "") => ({ frame: { clock: { ...clock, busy: doing } }, sign: "" });
    if ((lab.silentMs ?? 0) > BUSY_MS) return busy(lab.doing);
    try {
      return { frame: { clock, ...await lookAround(scene, question) }, sign };
    } catch (error) {
      // A lab that ended, or is being made: it is looked at again.
      return busy(messageOf(error));
    }
  }
}
