import { own, setOwn } from "../../../go/mod.ts";

/** One queue, with the messages that wait. */
export interface QueueState {
  messages: string[];
  published: number;
  delivered: number;
  /** What had been published and delivered at the last two looks. */
  looks: [Counts, Counts];
}

interface Counts {
  published: number;
  delivered: number;
}

/** Queues by name, by virtual host. */
export type VirtualHosts = Record<string, Record<string, QueueState>>;

/** How often rates are looked at. Source: rabbitmq-server deps/rabbitmq_management_agent (collect_statistics_interval). */
export const LOOK_EVERY_MS = 5_000;
/** What all queues of a broker may hold; everything of it is kept in the lab's file. */
const MAX_BYTES = 1 << 20;

/** What a message, and a queue, takes beside its text. */
const MESSAGE_BYTES = 3;
const QUEUE_BYTES = 128;

/** The queues of a broker. A message goes to the queue that its routing key names, by the default exchange. */
export class Queues {
  #bytes = 0;

  constructor(readonly hosts: VirtualHosts) {
    for (const queues of Object.values(hosts)) {
      for (const [name, { messages }] of Object.entries(queues)) {
        this.#bytes += QUEUE_BYTES + name.length + sizeOf(messages);
      }
    }
  }

  /** What all of them hold. */
  get bytes(): number {
    return this.#bytes;
  }

  names(vhost: string): string[] {
    return Object.keys(this.hosts[vhost] ?? {}).sort();
  }

  find(vhost: string, name: string): QueueState | undefined {
    return own(own(this.hosts, vhost), name);
  }

  /** Gives whether it was not there yet; "full" when there is no room. */
  declare(vhost: string, name: string): boolean | "full" {
    if (this.find(vhost, name)) return false;
    const bytes = QUEUE_BYTES + name.length;
    if (this.#bytes + bytes > MAX_BYTES) return "full";
    this.#bytes += bytes;
    const none = { published: 0, delivered: 0 };
    const queue: QueueState = { messages: [], ...none, looks: [none, none] };
    setOwn(this.hosts[vhost], name, queue);
    return true;
  }

  delete(vhost: string, name: string): void {
    const queue = this.find(vhost, name);
    if (!queue) return;
    this.purge(queue);
    this.#bytes -= QUEUE_BYTES + name.length;
    delete this.hosts[vhost][name];
  }

  /** Gives whether there was a queue to go to; "full" when there is no room. */
  publish(vhost: string, name: string, payload: string): boolean | "full" {
    const queue = this.find(vhost, name);
    if (!queue) return false;
    const bytes = sizeOf([payload]);
    if (this.#bytes + bytes > MAX_BYTES) return "full";
    this.#bytes += bytes;
    queue.messages.push(payload);
    queue.published++;
    return true;
  }

  /** Takes messages out, at most so many. */
  take(queue: QueueState, count: number): string[] {
    const taken = queue.messages.splice(0, count);
    this.#bytes -= sizeOf(taken);
    queue.delivered += taken.length;
    return taken;
  }

  purge(queue: QueueState): void {
    this.#bytes -= sizeOf(queue.messages);
    queue.messages = [];
  }

  /** Notes where counts are, so that rates can be told. */
  look(): void {
    for (const queues of Object.values(this.hosts)) {
      for (const queue of Object.values(queues)) {
        const { published, delivered } = queue;
        queue.looks = [queue.looks[1], { published, delivered }];
      }
    }
  }
}

function sizeOf(messages: readonly string[]): number {
  return messages.reduce((sum, text) => sum + text.length + MESSAGE_BYTES, 0);
}

/** How many a second were published, or delivered, between the last two looks. */
export function rateOf({ looks: [before, after] }: QueueState, what: keyof Counts): number {
  return (after[what] - before[what]) / (LOOK_EVERY_MS / 1000);
}
