/** How many things within each other are told apart; what is deeper shares the last place. */
const PLACES = 8;
/** How much is told of each, in UTF-16 units. */
const CHARS = 200;
/** Of a place: its scope's number, the length of its text. */
const HEAD = 2;

/** One thing that a thread is at: the number of a scope, and what of that. */
export interface Activity {
  id: number;
  about: string;
}

/**
 * What a thread is at, one thing within another, where another thread can read it: also while it hangs, for it is
 * written before each thing begins. Shares memory with whoever is given its buffer.
 */
export class ActivityBoard {
  readonly buffer: SharedArrayBuffer;
  /** The depth, and the heads of all places. */
  readonly #ints: Int32Array;
  readonly #chars: Uint16Array;
  #depth = 0;
  /** What was thrown last, and all the board held then. */
  #thrown: unknown;
  readonly #thrownInts: Int32Array;
  readonly #thrownChars: Uint16Array;

  /** @param buffer another thread's, to show it what this one is at. */
  constructor(buffer?: SharedArrayBuffer) {
    const headBytes = (1 + PLACES * HEAD) * Int32Array.BYTES_PER_ELEMENT;
    this.buffer = buffer ??
      new SharedArrayBuffer(headBytes + PLACES * CHARS * Uint16Array.BYTES_PER_ELEMENT);
    this.#ints = new Int32Array(this.buffer, 0, 1 + PLACES * HEAD);
    this.#chars = new Uint16Array(this.buffer, headBytes);
    this.#thrownInts = new Int32Array(this.#ints.length);
    this.#thrownChars = new Uint16Array(this.#chars.length);
    this.#ints[0] = 0;
  }

  /** A scope begins something, within what there is already. */
  enter(id: number, about?: string): void {
    this.#ints[0] = ++this.#depth;
    const at = 1 + Math.min(this.#depth - 1, PLACES - 1) * HEAD;
    this.#ints[at] = id;
    this.#ints[at + 1] = 0;
    if (about !== undefined) this.note(about);
  }

  /** Tells what the innermost is about. */
  note(about: string): void {
    const place = Math.min(this.#depth, PLACES) - 1;
    if (place < 0) return;
    const length = Math.min(about.length, CHARS);
    for (let i = 0; i < length; i++) this.#chars[place * CHARS + i] = about.charCodeAt(i);
    this.#ints[1 + place * HEAD + 1] = length;
  }

  /** The innermost is over. */
  leave(): void {
    this.#ints[0] = --this.#depth;
  }

  /** The innermost ends with an error, which may be another's that was within it. */
  failed(error: unknown): void {
    if (error === this.#thrown) return;
    this.#thrown = error;
    this.#thrownInts.set(this.#ints);
    this.#thrownChars.set(this.#chars);
  }

  /** Shows again what the thread was at when this was thrown, where that is known. */
  showFailed(error: unknown): void {
    if (error === undefined || error !== this.#thrown) return;
    this.#ints.set(this.#thrownInts);
    this.#chars.set(this.#thrownChars);
  }

  /** What the thread is at, the outermost first. */
  read(): Activity[] {
    const depth = Math.min(this.#ints[0], PLACES);
    return Array.from({ length: depth }, (_, place) => {
      const [id, length] = this.#ints.subarray(1 + place * HEAD);
      const chars = this.#chars.subarray(place * CHARS, place * CHARS + length);
      return { id, about: String.fromCharCode(...chars) };
    });
  }
}
