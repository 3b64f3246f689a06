import type { Progress } from "./progress.ts";
import type { Teaching } from "./teaching.ts";

const ENVIRONMENT = "shell/environment";

/** Keeps what was there before a line that changes something: cluster, files, shell and place. */
export class LineKeeper {
  readonly #teaching: Teaching;
  #changes = 0;
  #place = "";
  #begun = false;

  constructor(teaching: Teaching) {
    this.#teaching = teaching;
  }

  /** The shell's variables and folder as they are kept. */
  get environment(): Record<string, string> | undefined {
    const text = this.#teaching.lab.state.get(ENVIRONMENT);
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** Stages what is not in the lab: the shell's environment and the files. */
  note(): void {
    this.#noteEnvironment();
    this.#teaching.files?.sync();
  }

  /** What was changed in another window since the last line is one of its own. */
  async begin(line: string): Promise<void> {
    const { lab: { lines }, files, progress } = this.#teaching;
    if (!lines) return;
    this.#begun = await this.#trying(async () => {
      this.#noteEnvironment();
      const edited = files?.changed() ?? [];
      if (edited.length > 0) await lines.begin(`edit ${edited.join(" ")}`);
      files?.sync();
      if (edited.length > 0) lines.end(true);
      await lines.begin(line.trim());
      this.#changes = lines.changes;
      this.#place = placeIn(progress);
    });
  }

  async end(): Promise<void> {
    const { lab: { lines }, files, progress } = this.#teaching;
    if (!lines || !this.#begun) return;
    this.#begun = false;
    await this.#trying(() => {
      const isChanged = [
        this.#noteEnvironment(),
        (files?.changed() ?? []).length > 0,
        this.#changes !== lines.changes,
        this.#place !== placeIn(progress),
      ].includes(true);
      files?.sync();
      lines.end(isChanged);
    });
  }

  /** Stages the shell's environment; whether it is another. */
  #noteEnvironment(): boolean {
    const { lab: { state }, shell } = this.#teaching;
    if (!shell.environment) return false;
    const { "?": _, ...environment } = shell.environment;
    const text = JSON.stringify(environment);
    if (text === state.get(ENVIRONMENT)) return false;
    state.put(ENVIRONMENT, text);
    return true;
  }

  /** Whether `work` was done; a disk that refuses keeps nobody from a line. */
  async #trying(work: () => void | Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.#teaching.explainFailure(error);
      return false;
    }
  }
}

/** Where a learner is; hints and language are no place. */
function placeIn({ lesson, step, stepDone, done, inLab }: Progress): string {
  return JSON.stringify([lesson, step, stepDone, done, inLab]);
}
