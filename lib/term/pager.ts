import type { Key } from "./keys.ts";
import type { Style } from "./style.ts";
import { displayWidth } from "./width.ts";

/** What a pager draws on, and where its keys come from. */
export interface PagerDevice {
  columns: number;
  rows: number;
  style: Style;
  write(text: string): void;
  /** The next key; undefined when there is none to come, or at Ctrl-C. */
  nextKey(): Promise<Key | undefined>;
}

/** Names of keys are the same in every language. */
const KEYS = " [Space, Enter, b, q]";

/**
 * Shows `text` a screenful at a time, as `more` of util-linux does: Space turns the page, Enter
 * goes a line on, `b` shows the page before, `q` leaves the rest out. Text that fits is simply written.
 */
export async function pageText(text: string, device: PagerDevice): Promise<void> {
  const { columns, rows, style, write } = device;
  const lines = text.replace(/\n$/, "").split("\n");
  const heightOf = (line: string) => Math.max(1, Math.ceil(displayWidth(line) / columns));
  const page = rows - 1;
  let at = 0;
  let room = page;
  while (at < lines.length) {
    while (at < lines.length && (heightOf(lines[at]) <= room || room === page)) {
      write(`${lines[at]}\n`);
      room -= heightOf(lines[at++]);
    }
    if (at === lines.length) return;
    const percent = Math.floor((at / lines.length) * 100);
    write(style.bold(`--More--(${percent}%)`) + style.dim(KEYS));
    const advance = await choice(device);
    write("\r\x1b[K");
    if (advance === "leave") return;
    if (advance === "back") at = pageBefore(pageBefore(at));
    room = advance === "line" ? heightOf(lines[at]) : page;
  }

  /** Where the page begins whose last line is in front of `end`. */
  function pageBefore(end: number): number {
    let start = end;
    for (let left = page; start > 0; start--) {
      left -= heightOf(lines[start - 1]);
      if (left < 0 && start < end) break;
    }
    return start;
  }
}

async function choice(device: PagerDevice): Promise<"page" | "line" | "back" | "leave"> {
  for (;;) {
    const key = await device.nextKey();
    if (key === undefined) return "leave";
    const name = key.kind === "key" ? key.name : key.text.charAt(0);
    if ([" ", "f", "page-down", "ctrl-f"].includes(name)) return "page";
    if (["enter", "down", "j", "e"].includes(name)) return "line";
    if (["b", "page-up", "ctrl-b"].includes(name)) return "back";
    if (["q", "Q", "ctrl-c", "ctrl-d", "escape"].includes(name)) return "leave";
  }
}
