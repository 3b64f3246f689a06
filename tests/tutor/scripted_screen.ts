import {
  type Capabilities,
  type Key,
  type ReadLineResult,
  type Screen,
  styleFor,
} from "../../lib/term/mod.ts";

/** A screen that types given lines and keeps what is written. */
export class ScriptedScreen implements Screen {
  readonly capabilities: Capabilities;
  readonly style;
  written = "";
  readonly #lines: string[];

  /** `onPrompt` is called before each line. Without other capabilities it is a plain terminal of 80 × 24. */
  constructor(
    lines: readonly string[],
    readonly onPrompt: () => void = () => {},
    capabilities: Partial<Capabilities> = {},
  ) {
    this.#lines = [...lines];
    const usual = { color: false, plain: true, interactive: true, columns: 80, rows: 24 };
    this.capabilities = { ...usual, ...capabilities };
    this.style = styleFor(this.capabilities);
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

  onInterrupt(_handler?: () => void): () => void {
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
