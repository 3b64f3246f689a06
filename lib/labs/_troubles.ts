import type { Disk } from "./_disk.ts";

/** The thread that was told to come up and did not: how often, and what it was at. */
const TROUBLE = "sandbox/trouble";

/** How many times a cluster may fail to come up before its time is stopped. */
export const MAX_TROUBLES = 2;

interface Trouble {
  count: number;
  doing?: string;
  /** What was thrown as it came up. */
  why?: string;
}

/** What became of the clusters that did not come up, kept beside the lab until one lives. */
export class Troubles {
  constructor(private readonly disk: Disk) {}

  get last(): Trouble {
    try {
      return JSON.parse(this.disk.state.get(TROUBLE) ?? '{"count":0}');
    } catch {
      return { count: 0 };
    }
  }

  /** Whether there were so many that the next cluster's time stands still. */
  get isFrozen(): boolean {
    return this.last.count >= MAX_TROUBLES;
  }

  /** Notes one more. */
  add(doing: string | undefined): void {
    this.note({ count: this.last.count + 1, doing });
  }

  note(trouble: Trouble): void {
    this.disk.state.put(TROUBLE, JSON.stringify(trouble));
    try {
      this.disk.commit({});
    } catch {
      // A disk that takes nothing keeps nobody from a cluster that works; it stays staged.
    }
  }

  /** Forgets them, with what is saved next. */
  forget(): void {
    if (this.disk.state.get(TROUBLE) !== undefined) this.disk.state.delete(TROUBLE);
  }
}
