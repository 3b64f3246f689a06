import type { DiskState } from "../sim/state/mod.ts";
import type { LineLog } from "./lab.ts";
import { SPEED } from "./remote_lab.ts";

/** What is needed of the lab. */
export interface LinesOptions {
  /** Gives false when the cluster does not answer. Errors: StateError. */
  save(waitMs?: number): Promise<boolean>;
  /** Ends the cluster, and takes it up again after `between`. */
  replace(reason: string, between: () => void): Promise<void>;
  /** Changes the log; what the disk refuses is told. Errors: StateError. */
  step: DiskState["step"];
  /** Changes it with the next save. */
  stepLater: DiskState["stepLater"];
  /** Why nothing can be changed, where that is so. */
  refused(): Error | undefined;
}

/** Is there while the learner's files are not yet as the state has them, because the state went elsewhere. */
export const FILES_DUE = "undo/files";

/** What a start consists of: the cluster, what commands keep, the files. */
export const START_PARTS = ["cluster/", "files/", "helm/", "lab/"];

/**
 * What undoing a line takes back, and what goes along elsewhere: not what was typed, nor what is known of the lab's
 * health.
 */
export const LAB_PARTS = [...START_PARTS, "tutor/", "shell/environment"];

type Entries = ReadonlyMap<string, string | Uint8Array>;

/** {@linkcode LineLog} in the state's own log of what was there before. */
export class Lines implements LineLog {
  changes = 0;
  /** The changes before what is to be done whole. */
  #changesBefore = 0;
  /** How much is under way that is to be done whole, each within the one before. */
  #wholes = 0;
  readonly #state: DiskState;
  readonly #options: LinesOptions;

  constructor(state: DiskState, options: LinesOptions) {
    this.#state = state;
    this.#options = options;
  }

  get done(): readonly string[] {
    return this.#state.steps.done.map(({ what }) => what);
  }

  get undone(): readonly string[] {
    return this.#state.steps.undone.map(({ what }) => what);
  }

  changed(): void {
    this.changes++;
  }

  async begin(line: string): Promise<void> {
    if (this.#options.refused()) return;
    await this.#options.save();
    // Until something is saved under it, nothing has to know of it.
    this.#options.stepLater((log) => log.begin(line, false));
  }

  /** Begins what is to be done whole or not at all; gives false when the cluster does not answer within `waitMs`. */
  async beginWhole(what: string, waitMs: number): Promise<boolean> {
    const refused = this.#options.refused();
    if (refused) throw refused;
    if (!(await this.#options.save(waitMs))) return false;
    this.#options.step((log) => log.begin(what, true));
    this.#wholes++;
    this.#changesBefore = this.changes;
    return true;
  }

  end(isChanged: boolean): void {
    if (this.#options.refused()) return;
    this.#options.stepLater((log) => log.end(isChanged));
  }

  /**
   * Ends what {@linkcode Lines.beginWhole} began, when all that came of it is on the disk; gives false when the cluster does
   * not answer within `waitMs`. Errors: StateError. Where it does not end, it is to be given up.
   */
  async endWhole(waitMs: number): Promise<boolean> {
    const saved = await this.#options.save(waitMs);
    const refused = this.#options.refused();
    if (refused) throw refused;
    if (!saved) return false;
    this.#options.step((log) => log.end(true));
    this.#wholes--;
    return true;
  }

  /** Goes back to where the innermost step began. Errors: StateError; then {@linkcode Lines.takeUp} does. */
  async giveUp(): Promise<void> {
    this.#wholes--;
    await this.#options.replace(
      "The lab is as it was before",
      () => this.#options.step((log) => log.giveUp(), DUE),
    );
    this.changes = this.#changesBefore;
  }

  /**
   * Ends what an earlier process left open, or this one where the disk refused its end; gives what was undone by that.
   * Errors: StateError.
   */
  takeUp(): string | undefined {
    if (this.#wholes > 0) return undefined;
    const { open } = this.#state.steps;
    const whole = open.find((step) => step.whole);
    if (open.length > 0) this.#options.step((log) => log.takeUp(), whole ? DUE : []);
    return whole?.what;
  }

  undo(count: number): Promise<string[]> {
    return this.#go("back", count);
  }

  redo(count: number): Promise<string[]> {
    return this.#go("forth", count);
  }

  async #go(way: "back" | "forth", count: number): Promise<string[]> {
    const refused = this.#options.refused();
    if (refused) throw refused;
    // A cluster that does not answer is left where it was saved last: going back is one way out of that.
    await this.#options.save();
    if ((way === "back" ? this.done : this.undone).length === 0) return [];
    let gone: string[] = [];
    await this.#options.replace("The lab goes to another time", () => {
      gone = this.#options.step((log) => log[way](count), DUE).map(({ what }) => what);
    });
    return gone;
  }

  /** Goes on from entries, in place of all there are under their prefixes; how fast time passes stays the learner's. */
  async goOnFrom(entries: Entries, prefixes: readonly string[] = START_PARTS): Promise<void> {
    await this.#options.replace("The lab begins elsewhere", () => {
      const changed = new Map<string, string | Uint8Array | undefined>(entries);
      for (const key of prefixes.flatMap((prefix) => [...this.#state.keys(prefix)])) {
        if (!entries.has(key)) changed.set(key, undefined);
      }
      changed.delete(SPEED);
      this.#options.step(() => {}, [...changed, ...DUE]);
    });
    this.changed();
  }
}

const DUE: [string, string][] = [[FILES_DUE, "due"]];
