import { type Key, type ReadLineResult, type Screen, styleFor } from "../../lib/term/mod.ts";

/** A screen that types given lines and keeps what is written. */
export class ScriptedScreen implements Screen {
  readonly capabilities = {
    color: false,
    plain: true,
    interactive: true,
    columns: 80,
    rows: 24,
  };
  readonly style = styleFor(this.capabilities);
  written = "";
  readonly #lines: string[];

  /** `onPrompt` is called before each line. */
  constructor(lines: readonly string[], readonly onPrompt: () => void = () => {}) {
    this.#lines = [...lines];
  }

  write(text: string): void {
    this.written += text;
  }

  readLine(options: { prompt: string }): Promise<ReadLineResult> {
    this.onPrompt();
    const text = this.#lines.shift();
    this.write(options.prompt + (text === undefined ? "^D" : text) + "\n");
    if (text === "^C") return Promise.resolve({ kind: "interrupt" });
    return Promise.resolve(text === undefined ? { kind: "eof" } : { kind: "line", text });
  }

  onInterrupt(): () => void {
    return () => {};
  }

  page(text: string): Promise<void> {
    return Promise.resolve(this.write(text));
  }

  fullScreen<T>(program: (keys: () => Promise<Key | undefined>) => Promise<T>): Promise<T> {
    return program(() => Promise.resolve(undefined));
  }

  close(): void {}
}
