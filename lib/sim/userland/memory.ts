import { SIGKILL, Signalled } from "./signalled.ts";

/** Real memory that one container's processes may have, whatever its limit. */
const CEILING_BYTES = 64 << 20;

/** The kernel's end of a container that has no memory left. */
export class OutOfMemory extends Signalled {
  override name = "OutOfMemory";
  constructor() {
    super(SIGKILL);
  }
}

/**
 * The memory of a container's processes, byte for byte what they keep in texts, lists and buffers.
 * Differs: one that has 64 MiB is taken to grow without end, and is out of memory though its limit, or
 * its node, would give it more.
 */
export class Memory {
  #bytes = 0;
  #isOut = false;
  #isClosed = false;

  /** `limitBytes` is the container's limit, or its node's memory; `reserve` asks for the real memory. */
  constructor(
    private readonly limitBytes: number,
    private readonly reserve: (deltaBytes: number) => boolean = () => true,
  ) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether somebody asked for more than there is. */
  get isOut(): boolean {
    return this.#isOut;
  }

  /** Errors: OutOfMemory. */
  grow(bytes: number): void {
    if (this.#isClosed) return;
    const total = this.#bytes + bytes;
    if (!(total <= Math.min(this.limitBytes, CEILING_BYTES)) || !this.reserve(bytes)) {
      this.#isOut = true;
      throw new OutOfMemory();
    }
    this.#bytes = total;
  }

  /** Asks for memory that is never touched here, as for a buffer. Errors: OutOfMemory. */
  touch(bytes: number): void {
    if (this.#bytes + bytes <= this.limitBytes) return;
    this.#isOut = true;
    throw new OutOfMemory();
  }

  shrink(bytes: number): void {
    if (this.#isClosed) return;
    this.#bytes -= bytes;
    this.reserve(-bytes);
  }

  /** Gives everything back for good: the container is over. */
  close(): void {
    this.shrink(this.#bytes);
    this.#isClosed = true;
  }

  /** A part of it that is given back as one. */
  part(): MemoryPart {
    return new MemoryPart(this);
  }
}

/** What one process, tool or command holds. */
export class MemoryPart {
  #bytes = 0;

  constructor(private readonly memory: Memory) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** Errors: OutOfMemory. */
  grow(bytes: number): void {
    this.memory.grow(bytes);
    this.#bytes += bytes;
  }

  /** Gives back all that is over `bytes`. */
  shrinkTo(bytes: number): void {
    if (this.#bytes <= bytes) return;
    this.memory.shrink(this.#bytes - bytes);
    this.#bytes = bytes;
  }

  release(): void {
    this.shrinkTo(0);
  }
}

/** A text that keeps nothing alive but itself: a part of another text would keep that whole. */
export function detached(text: string): string {
  return text.length < 13 ? text : ` ${text}`.slice(1);
}
