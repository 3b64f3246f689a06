import type { Cancel } from "../../base/mod.ts";
import { toBytes, toReadable } from "../../go/mod.ts";

/** The longest line that the runtime keeps together; Source: containerd internal/cri/config (MaxContainerLogLineSize). */
const MAX_LINE_BYTES = 16 * 1024;

/** What is kept of what is typed for a process that reads nothing. */
const MAX_WAITING_BYTES = 1 << 20;

/**
 * What a container's main process prints: line by line for the log, and as it comes for those attached.
 * Source: containerd internal/cri/io/logger.go.
 */
export class ContainerOutput {
  #rest = "";
  readonly #listeners = new Set<(bytes: string) => void>();

  constructor(private readonly append: (text: string, partial: boolean) => void) {}

  /** One line without its newline. */
  line(text: string): void {
    this.append(text, false);
    if (this.#listeners.size > 0) this.#tell(toBytes(`${text}\n`));
  }

  /** Bytes, one character each. */
  write(bytes: string): void {
    this.#rest += bytes;
    const end = this.#rest.lastIndexOf("\n");
    if (end >= 0) {
      for (const line of this.#rest.slice(0, end).split("\n")) this.#whole(line);
      this.#rest = this.#rest.slice(end + 1);
    }
    while (this.#rest.length >= MAX_LINE_BYTES) {
      this.append(toReadable(this.#rest.slice(0, MAX_LINE_BYTES)), true);
      this.#rest = this.#rest.slice(MAX_LINE_BYTES);
    }
    this.#tell(bytes);
  }

  /** A line that is all there: in pieces, when it is too long. */
  #whole(line: string): void {
    let from = 0;
    for (; line.length - from > MAX_LINE_BYTES; from += MAX_LINE_BYTES) {
      this.append(toReadable(line.slice(from, from + MAX_LINE_BYTES)), true);
    }
    this.append(toReadable(line.slice(from)), false);
  }

  /** The process has ended: what is left is a line. */
  end(): void {
    if (this.#rest !== "") this.append(toReadable(this.#rest), true);
    this.#rest = "";
    this.#listeners.clear();
  }

  listen(onBytes: (bytes: string) => void): Cancel {
    this.#listeners.add(onBytes);
    return () => this.#listeners.delete(onBytes);
  }

  #tell(bytes: string): void {
    for (const listener of this.#listeners) listener(bytes);
  }
}

/** A container's standard input: what is typed before someone reads is kept. */
export class ContainerInput {
  #waiting = "";
  #ended = false;
  #reader: { onBytes: (bytes: string) => void; onEnd: () => void } | undefined;

  read(onBytes: (bytes: string) => void, onEnd: () => void): Cancel {
    this.#reader = { onBytes, onEnd };
    if (this.#waiting !== "") onBytes(this.#waiting);
    this.#waiting = "";
    if (this.#ended) onEnd();
    return () => {
      this.#reader = undefined;
    };
  }

  write(bytes: string): void {
    if (this.#ended) return;
    if (this.#reader) this.#reader.onBytes(bytes);
    else this.#waiting += bytes.slice(0, Math.max(0, MAX_WAITING_BYTES - this.#waiting.length));
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#reader?.onEnd();
  }
}
