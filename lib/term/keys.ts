/** A key press, or a paste. */
export type Key =
  | { kind: "text"; text: string }
  | { kind: "paste"; text: string }
  | { kind: "key"; name: KeyName };

export type KeyName =
  | "enter"
  | "tab"
  | "shift-tab"
  | "backspace"
  | "delete"
  | "escape"
  | "up"
  | "down"
  | "left"
  | "right"
  | "home"
  | "end"
  | "page-up"
  | "page-down"
  | "word-left"
  | "word-right"
  | "alt-backspace"
  | "alt-enter"
  | `ctrl-${string}`
  | "unknown";

/** What follows `ESC [` or `ESC O`, by terminal convention (xterm, VT220, rxvt). */
const SEQUENCES: Record<string, KeyName> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  H: "home",
  F: "end",
  Z: "shift-tab",
  "1~": "home",
  "3~": "delete",
  "4~": "end",
  "5~": "page-up",
  "6~": "page-down",
  "7~": "home",
  "8~": "end",
  "1;5C": "word-right",
  "1;5D": "word-left",
  "1;3C": "word-right",
  "1;3D": "word-left",
};

const PASTE_START = "\x1b[200~";
const PASTE_END = "\x1b[201~";

/**
 * Turns what a terminal in raw mode sends into keys. Characters may arrive in pieces, and a paste
 * over many reads: what is not whole yet waits for the next call.
 */
export class KeyDecoder {
  #decoder = new TextDecoder();
  #pending = "";
  /** As far as the pending paste was looked through for its end. */
  #looked = 0;

  decode(bytes: Uint8Array): Key[] {
    this.#pending += this.#decoder.decode(bytes, { stream: true });
    const keys: Key[] = [];
    while (this.#pending !== "") {
      const taken = this.#take();
      if (!taken) break;
      keys.push(taken[0]);
      this.#pending = this.#pending.slice(taken[1]);
    }
    return keys;
  }

  /** The next key in the pending text and its length; undefined when it is not whole. */
  #take(): [Key, number] | undefined {
    const text = this.#pending;
    if (text.startsWith(PASTE_START)) {
      const end = text.indexOf(PASTE_END, this.#looked);
      this.#looked = end < 0 ? Math.max(0, text.length - PASTE_END.length) : 0;
      if (end < 0) return undefined;
      const pasted = text.slice(PASTE_START.length, end).replace(/\r\n?/g, "\n");
      return [{ kind: "paste", text: pasted }, end + PASTE_END.length];
    }
    if (text[0] === "\x1b") return this.#takeEscape(text);
    const code = text.charCodeAt(0);
    if (code < 0x20 || code === 0x7f) return [{ kind: "key", name: controlName(code) }, 1];
    // deno-lint-ignore no-control-regex
    const run = /^[^\x00-\x1f\x7f]+/.exec(text)![0];
    return [{ kind: "text", text: run }, run.length];
  }

  #takeEscape(text: string): [Key, number] {
    // deno-lint-ignore no-control-regex
    const sequence = /^\x1b(?:\[([0-9;?]*[~A-Za-z])|O([A-Za-z]))/.exec(text);
    if (sequence) {
      const name = SEQUENCES[sequence[1] ?? sequence[2]] ?? "unknown";
      return [{ kind: "key", name }, sequence[0].length];
    }
    const next = text[1];
    const alt: Record<string, KeyName> = {
      b: "word-left",
      f: "word-right",
      "\x7f": "alt-backspace",
      "\b": "alt-backspace",
      "\r": "alt-enter",
    };
    if (next !== undefined && alt[next]) return [{ kind: "key", name: alt[next] }, 2];
    return [{ kind: "key", name: "escape" }, 1];
  }
}

function controlName(code: number): KeyName {
  if (code === 0x0d || code === 0x0a) return "enter";
  if (code === 0x09) return "tab";
  if (code === 0x7f || code === 0x08) return "backspace";
  return `ctrl-${String.fromCharCode(code + 0x60)}`;
}
