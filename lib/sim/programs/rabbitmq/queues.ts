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

/** The queues of a broker. A message goes to the queue that its routing key names, by the default exchange. */
export class Queues {
  constructor(readonly hosts: VirtualHosts) {}

  names(vhost: string): string[] {
    return Object.keys(this.hosts[vhost] ?? {}).sort();
  }

  find(vhost: string, name: string): QueueState | undefined {
    const queues = Object.hasOwn(this.hosts, vhost) ? this.hosts[vhost] : {};
    return Object.hasOwn(queues, name) ? queues[name] : undefined;
  }

  /** Gives whether it was not there yet. */
  declare(vhost: string, name: string): boolean {
    if (this.find(vhost, name)) return false;
    const none = { published: 0, delivered: 0 };
    const value: QueueState = { messages: [], ...none, looks: [none, none] };
    const property = { value, enumerable: true, configurable: true, writable: true };
    Object.defineProperty(this.hosts[vhost], name, property);
    return true;
  }

  delete(vhost: string, name: string): void {
    delete this.hosts[vhost][name];
  }

  /** Gives whether there was a queue to go to; "full" when there is no room. */
  publish(vhost: string, name: string, payload: string): boolean | "full" {
    const queue = this.find(vhost, name);
    if (!queue) return false;
    if (this.bytes + payload.length > MAX_BYTES) return "full";
    queue.messages.push(payload);
    queue.published++;
    return true;
  }

  get bytes(): number {
    return JSON.stringify(this.hosts).length;
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

/** Takes messages out, at most so many. */
export function take(queue: QueueState, count: number): string[] {
  const taken = queue.messages.splice(0, count);
  queue.delivered += taken.length;
  return taken;
}

/** How many a second were published, or delivered, between the last two looks. */
export function rateOf({ looks: [before, after] }: QueueState, what: keyof Counts): number {
  return (after[what] - before[what]) / (LOOK_EVERY_MS / 1000);
}
