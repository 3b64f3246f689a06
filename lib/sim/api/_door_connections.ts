import type { Duplex } from "node:stream";

/** How many files and sockets are left to the rest of the process. */
const RESERVE = 48;
/** How many connections come in before it is looked at again how many are left. */
const STEP = 16;
/** So few connections come in while there is any room at all. */
const FEW = 8;

/**
 * The connections of all doors of a process, which share its file descriptors.
 *
 * How many of those there are cannot be asked for without leave to run programs, and others take of them
 * too; so it is tried, now and then, whether {@linkcode RESERVE} more could be opened. Where they could
 * not, a connection that waits for a request makes room for a new one, the one that has waited longest
 * first; where none waits, the new one is closed.
 */
export class Connections {
  readonly #door = new Map<Duplex, object>();
  /** Those without a request that is being answered, the one that has waited longest first. */
  readonly #waiting = new Set<Duplex>();
  readonly #canOpen: (count: number) => boolean;
  /** How many more may come before it is looked again. */
  #assured = 0;
  /** How many there were when there was no more room. */
  #full = Infinity;

  constructor(canOpen: (count: number) => boolean = canOpenFiles) {
    this.#canOpen = canOpen;
  }

  get size(): number {
    return this.#door.size;
  }

  /** Whether a new connection of a door that takes `max` may stay; it waits for a request then. */
  admit(stream: Duplex, door: object, max: number): boolean {
    const ofDoor = [...this.#door.values()].filter((other) => other === door).length;
    const stays = ofDoor >= max
      ? this.#shed((other) => this.#door.get(other) === door)
      : this.#hasRoom() || this.#shed(() => true);
    if (!stays) return false;
    this.#door.set(stream, door);
    this.#waiting.add(stream);
    stream.on("close", () => this.#leave(stream));
    return true;
  }

  /** A request of this connection is being answered: it is not ended for another. */
  engage(stream: Duplex): void {
    this.#waiting.delete(stream);
  }

  /** The connection waits for a request, or for its client to read. */
  wait(stream: Duplex): void {
    if (this.#door.has(stream)) this.#waiting.add(stream);
  }

  #leave(stream: Duplex): void {
    this.#door.delete(stream);
    this.#waiting.delete(stream);
    if (this.size < this.#full * 3 / 4) this.#full = Infinity;
  }

  #hasRoom(): boolean {
    if (this.size >= this.#full) return false;
    if (this.#assured > 0) {
      this.#assured--;
      return true;
    }
    if (this.#canOpen(RESERVE)) {
      this.#assured = STEP;
      return true;
    }
    if (this.size < FEW) return this.#canOpen(FEW);
    this.#full = this.size;
    return false;
  }

  #shed(may: (stream: Duplex) => boolean): boolean {
    for (const stream of this.#waiting) {
      if (!may(stream)) continue;
      this.#leave(stream);
      stream.destroy();
      return true;
    }
    return false;
  }
}

/** A file that is there and that this process may read: this one. */
const SOME_FILE = new URL(import.meta.url);

/** Whether so many more files could be opened now; on Windows sockets are no files, and plenty. */
function canOpenFiles(count: number): boolean {
  if (Deno.build.os === "windows") return true;
  const opened: Deno.FsFile[] = [];
  try {
    while (opened.length < count) opened.push(Deno.openSync(SOME_FILE));
    return true;
  } catch {
    return false;
  } finally {
    for (const file of opened) file.close();
  }
}
