import type { Cancel } from "../../base/mod.ts";
import type { LogLine, StateFile } from "../seams.ts";

const MAX_LINES = 2000;
/** Where a log is rotated; of the kubelet's own containerLogMaxSize of 10Mi a tenth. */
const MAX_BYTES = 1 << 20;
const CHUNK_LINES = 100;
/** What a line takes beside its text. */
const LINE_BYTES = 64;
const PREFIX = "kubelet/log/";

/**
 * The log of one run of a container: its last lines, saved in pieces so that a save writes only what
 * is new.
 * Source: kubernetes pkg/kubelet/logs/container_log_manager.go (what is rotated away, nobody reads).
 * Differs: keeps 2000 lines and 1 MiB.
 */
export class ContainerLog {
  /** Line `i` of the run is at `i - #first`. */
  #lines: LogLine[] = [];
  #first = 0;
  #bytes = 0;
  #savedFirst = 0;
  #savedEnd = 0;
  readonly #followers = new Set<(line: LogLine) => void>();
  #closed = false;
  readonly #closers = new Set<() => void>();

  /** `key` tells the run apart: pod uid, container and restart count. */
  constructor(readonly key: string) {}

  static load(state: StateFile, key: string): ContainerLog {
    const log = new ContainerLog(key);
    let first: number | undefined;
    for (const [path, text] of state.entries(`${PREFIX}${key}/`)) {
      first ??= Number(path.slice(path.lastIndexOf("/") + 1)) * CHUNK_LINES;
      for (const line of text.split("\n")) {
        const tab = line.indexOf("\t");
        const partial = line[tab - 1] === "P";
        const timeMs = Number(line.slice(0, partial ? tab - 1 : tab));
        log.#add({ timeMs, text: line.slice(tab + 1), ...(partial ? { partial } : {}) });
      }
    }
    log.#first = log.#savedFirst = first ?? 0;
    log.#savedEnd = log.#first + log.#lines.length;
    return log;
  }

  append(line: LogLine): void {
    this.#add(line);
    if (this.#isOver()) {
      for (const { text } of this.#lines.splice(0, CHUNK_LINES)) {
        this.#bytes -= text.length + LINE_BYTES;
      }
      this.#first += CHUNK_LINES;
    }
    this.#followers.forEach((follower) => follower(line));
  }

  #add(line: LogLine): void {
    this.#lines.push(line);
    this.#bytes += line.text.length + LINE_BYTES;
  }

  #isOver(): boolean {
    const { length } = this.#lines;
    return length >= MAX_LINES + CHUNK_LINES || (this.#bytes > MAX_BYTES && length > CHUNK_LINES);
  }

  /** What the lines take. */
  get bytes(): number {
    return this.#bytes;
  }

  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  /** Calls `onLine` for each further line, and `onEnd` when the container has ended. */
  follow(onLine: (line: LogLine) => void, onEnd: () => void): Cancel {
    if (this.#closed) {
      onEnd();
      return () => {};
    }
    this.#followers.add(onLine);
    this.#closers.add(onEnd);
    return () => {
      this.#followers.delete(onLine);
      this.#closers.delete(onEnd);
    };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closers.forEach((closer) => closer());
    this.#closers.clear();
    this.#followers.clear();
  }

  save(state: StateFile): void {
    for (let line = this.#savedFirst; line < this.#first; line += CHUNK_LINES) {
      state.delete(this.#path(line / CHUNK_LINES));
    }
    this.#savedFirst = this.#first;
    const end = this.#first + this.#lines.length;
    if (end === this.#savedEnd) return;
    const from = Math.max(this.#first, this.#savedEnd - (this.#savedEnd % CHUNK_LINES));
    for (let line = from; line < end; line += CHUNK_LINES) {
      const offset = line - this.#first;
      const chunk = this.#lines.slice(offset, offset + CHUNK_LINES)
        .map(({ timeMs, text, partial }) => `${timeMs}${partial ? "P" : ""}\t${text}`).join("\n");
      state.put(this.#path(line / CHUNK_LINES), chunk);
    }
    this.#savedEnd = end;
  }

  /** Forgets what was saved, when the run is of no more interest. */
  erase(state: StateFile): void {
    state.deletePrefix(`${PREFIX}${this.key}/`);
  }

  #path(chunk: number): string {
    return `${PREFIX}${this.key}/${String(chunk).padStart(7, "0")}`;
  }
}
