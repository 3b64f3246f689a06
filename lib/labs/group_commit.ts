import { setImmediate } from "node:timers";

/** Makes what many ask for durable at once: all who ask in one turn of the event loop wait for one commit. */
export class GroupCommit {
  readonly #commit: () => void | Promise<void>;
  #next: Promise<void> | undefined;
  /** How many commits there have been. */
  count = 0;

  constructor(commit: () => void | Promise<void>) {
    this.#commit = commit;
  }

  /** Resolves once everything that was there when it was called is durable. Errors: those of the commit. */
  settled(): Promise<void> {
    this.#next ??= new Promise((resolve, reject) => {
      setImmediate(async () => {
        this.#next = undefined;
        try {
          this.count++;
          await this.#commit();
          resolve();
        } catch (error) {
          reject(error);
        }
      });
    });
    return this.#next;
  }
}
