/**
 * Lab time and its speed, as both sides of the wall see them at once, without a message. The cluster's side
 * writes the time, either side the speed.
 */
export class Board {
  readonly buffer: SharedArrayBuffer;
  readonly #floats: Float64Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(16)) {
    this.buffer = buffer;
    this.#floats = new Float64Array(buffer);
  }

  /** Lab time in milliseconds since the Unix epoch. */
  get nowMs(): number {
    return this.#floats[0];
  }

  set nowMs(nowMs: number) {
    this.#floats[0] = nowMs;
  }

  /** Virtual seconds per wall second; 0 when paused. */
  get speed(): number {
    return this.#floats[1];
  }

  set speed(speed: number) {
    this.#floats[1] = speed;
  }
}

/** Signs of life of one thread, which can be read while it is busy. */
export class Pulse {
  readonly buffer: SharedArrayBuffer;
  readonly #ints: Int32Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.buffer = buffer;
    this.#ints = new Int32Array(buffer);
  }

  /** Counts up while the thread takes messages. */
  get beats(): number {
    return Atomics.load(this.#ints, 0);
  }

  beat(): void {
    Atomics.add(this.#ints, 0, 1);
  }
}
