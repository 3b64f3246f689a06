import type { Lab } from "../labs/lab.ts";
import type { ShellLike } from "../shell/mod.ts";
import type { KeptFiles } from "./kept_files.ts";

const ENVIRONMENT = "shell/environment";

/** What a line may change. */
export interface LineParts {
  lab: Lab;
  shell: ShellLike;
  files?: KeptFiles;
  /** Where the learner is, where somebody is led. */
  place?(): string;
  /** Told what the disk refuses: that keeps nobody from a line. */
  onFailure(error: unknown): void;
}

/** Keeps what was there before a line that changes something: cluster, files, shell and place. */
export class LineKeeper {
  readonly #parts: LineParts;
  #changes = 0;
  #place: string | undefined;
  #isBegun = false;

  constructor(parts: LineParts) {
    this.#parts = parts;
  }

  /** The shell's variables and folder as they are kept. */
  get environment(): Record<string, string> | undefined {
    const text = this.#parts.lab.state.get(ENVIRONMENT);
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** Stages what is not in the lab: the shell's environment and the files. */
  note(): void {
    this.#noteEnvironment();
    this.#parts.files?.changes().stage();
  }

  /** What was changed in another window since the last line is one of its own. */
  async begin(line: string): Promise<void> {
    const { lab: { lines }, files, place } = this.#parts;
    if (!lines) return;
    this.#isBegun = await this.#trying(async () => {
      this.#noteEnvironment();
      const edits = files?.changes();
      const edited = edits?.paths ?? [];
      if (edited.length > 0) await lines.begin(`edit ${edited.join(" ")}`);
      edits?.stage();
      if (edited.length > 0) lines.end(true);
      await lines.begin(line.trim());
      this.#changes = lines.changes;
      this.#place = place?.();
    });
  }

  /** What the line came to is staged, and kept with the next save. */
  async end(): Promise<void> {
    const { lab: { lines }, files, place } = this.#parts;
    if (!lines || !this.#isBegun) return;
    this.#isBegun = false;
    await this.#trying(() => {
      const edits = files?.changes();
      edits?.stage();
      const isChanged = [
        this.#noteEnvironment(),
        (edits?.paths ?? []).length > 0,
        this.#changes !== lines.changes,
        this.#place !== place?.(),
      ].includes(true);
      lines.end(isChanged);
    });
  }

  /** Stages the shell's environment; whether it is another. */
  #noteEnvironment(): boolean {
    const { lab: { state }, shell } = this.#parts;
    if (!shell.environment) return false;
    const text = JSON.stringify(shell.environment);
    if (text === state.get(ENVIRONMENT)) return false;
    state.put(ENVIRONMENT, text);
    return true;
  }

  /** Whether `work` was done. */
  async #trying(work: () => void | Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.#parts.onFailure(error);
      return false;
    }
  }
}
