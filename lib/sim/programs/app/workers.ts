import { isMap } from "../../../go/mod.ts";
import { type ContainerContext, NetworkError } from "../../seams.ts";
import { head, labelText } from "./metric_set.ts";
import type { Queue } from "./queue.ts";
import { isRemote, type WorkerConfig } from "./queue_config.ts";

/** What is kept of the workers on one queue: when each one's item is done, how many were, and what they told last. */
export interface WorkersState {
  ends: number[];
  done: number;
  trouble?: string;
}

/** How often those who have nothing to do look again. */
const LOOK_EVERY_MS = 1_000;

/** A queue that could not be reached, or did not take what it was asked. */
export class QueueError extends Error {
  override name = "QueueError";
}

/** One request to another app's queue; gives what it says. Errors: QueueError. */
export function askQueue(
  context: Pick<ContainerContext, "net">,
  url: string,
): Record<string, unknown> {
  try {
    const { status, body } = context.net.request({ method: "POST", url });
    if (status >= 300) throw new QueueError(`POST ${url}: status ${status}`);
    const answer: unknown = JSON.parse(body);
    if (!isMap(answer)) throw new QueueError(`POST ${url}: its answer is no JSON object`);
    return answer;
  } catch (error) {
    if (error instanceof NetworkError) throw new QueueError(`POST ${url}: ${error.message}`);
    if (error instanceof SyntaxError) throw new QueueError(`POST ${url}: its answer is no JSON`);
    throw error;
  }
}

/** Those in a pod who work on one queue: each takes an item, works on it, and takes the next. */
export class Workers {
  readonly state: WorkersState;

  constructor(
    private readonly context: ContainerContext,
    private readonly config: WorkerConfig,
    private readonly queues: ReadonlyMap<string, Queue>,
    resumed?: WorkersState,
  ) {
    this.state = resumed ?? { ends: [], done: 0 };
    for (const endMs of this.state.ends) this.#wait(endMs);
    context.every(LOOK_EVERY_MS, () => this.#look(), { originMs: context.startedAtMs });
  }

  /** The name that its metrics have for the queue. */
  get queue(): string {
    const { queue } = this.config;
    return isRemote(queue) ? queue.slice(queue.lastIndexOf("/") + 1) : queue;
  }

  #look(): void {
    const idle = this.config.count - this.state.ends.length;
    if (idle <= 0) return;
    for (let taken = this.#take(idle); taken > 0; taken--) this.#begin();
  }

  #take(count: number): number {
    const { queue } = this.config;
    const own = this.queues.get(queue);
    if (own) return own.take(count, this.context.now());
    try {
      const { taken } = askQueue(this.context, `${queue}/take?count=${count}`);
      this.#tell(undefined);
      return Math.min(count, Number(taken) || 0);
    } catch (error) {
      if (!(error instanceof QueueError)) throw error;
      this.#tell(error.message);
      return 0;
    }
  }

  #tell(trouble: string | undefined): void {
    if (trouble === this.state.trouble) return;
    this.context.log(trouble ?? `${this.config.queue} answers again`);
    this.state.trouble = trouble;
  }

  #begin(): void {
    const { context, config } = this;
    const cpuMs = config.cpu?.({}, context.random) ?? 0;
    const durationMs = config.takes({}, context.random) + (cpuMs > 0 ? context.burn(cpuMs) : 0);
    const endMs = context.now() + durationMs;
    this.state.ends.push(endMs);
    this.#wait(endMs);
  }

  #wait(endMs: number): void {
    this.context.after(Math.max(0, endMs - this.context.now()), () => {
      this.state.ends.splice(this.state.ends.indexOf(endMs), 1);
      this.state.done++;
      this.#look();
    });
  }
}

/** What workers tell of themselves, in Prometheus' text format. */
export function workerMetrics(workers: readonly Workers[]): string {
  if (workers.length === 0) return "";
  const lines = (name: string, value: (state: WorkersState) => number) =>
    workers.map((one) => `${name}{${labelText("queue", one.queue)}} ${value(one.state)}\n`).join(
      "",
    );
  return head("worker_busy", "gauge", "Workers with an item.") +
    lines("worker_busy", ({ ends }) => ends.length) +
    head("worker_items_total", "counter", "Items that were worked on.") +
    lines("worker_items_total", ({ done }) => done);
}
