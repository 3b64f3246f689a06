import { diskFault, type StateError } from "./errors.ts";

const BYTES = 1024 * 1024;
/** As much as there is chance of in one piece. */
const PIECE_BYTES = 64 * 1024;

/**
 * Room on the disk that is kept beside a state, for the last commit before the disk is full: what was
 * accepted before anybody knew can still be made durable.
 */
export class Reserve {
  readonly #statePath: string;
  readonly #path: string;

  constructor(statePath: string) {
    this.#statePath = statePath;
    this.#path = `${statePath}-reserve`;
  }

  /** Takes the room, unless it is taken; gives what is in the way. */
  take(): StateError | undefined {
    try {
      if (!this.#isTaken()) this.#fill();
      return undefined;
    } catch (error) {
      this.release();
      const fault = diskFault(error, this.#statePath);
      if (!fault) throw error;
      return fault;
    }
  }

  #isTaken(): boolean {
    try {
      // To be written to, so that a disk that takes nothing any more is noticed.
      const file = Deno.openSync(this.#path, { write: true });
      const { size } = file.statSync();
      file.close();
      return size === BYTES;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }

  #fill(): void {
    // By chance, since a file of zeros takes no room where files are compressed.
    const bytes = new Uint8Array(BYTES);
    for (let at = 0; at < BYTES; at += PIECE_BYTES) {
      crypto.getRandomValues(bytes.subarray(at, at + PIECE_BYTES));
    }
    Deno.writeFileSync(this.#path, bytes, { mode: 0o600 });
  }

  /** Gives the room back to the disk; gives whether there was some. */
  release(): boolean {
    try {
      Deno.removeSync(this.#path);
      return true;
    } catch {
      return false;
    }
  }
}
