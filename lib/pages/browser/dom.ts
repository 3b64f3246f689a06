/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** What an element is made with: attributes, and listeners under `on…`. */
type Attributes = Record<string, string | number | boolean | undefined | ((event: never) => void)>;

function fill(node: Element, attributes: Attributes, children: (Node | string)[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value as EventListener);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children);
}

/** An element of HTML. Texts are texts: nothing that the lab says becomes markup. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  fill(node, attributes, children);
  return node;
}

/** An element of SVG. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): SVGElementTagNameMap[K] {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  fill(node, attributes, children);
  return node;
}

/** The colours of the page as they are now, for pictures that are saved without it. */
export function theme(): Record<ThemeColour, string> {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(
    COLOURS.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]),
  ) as Record<ThemeColour, string>;
}

const COLOURS = [
  "page",
  "card",
  "ink",
  "soft",
  "line",
  "good",
  "bad",
  "wait",
  "metric",
  "target",
  "desired",
  "ready",
  "pending",
] as const;
export type ThemeColour = typeof COLOURS[number];

export const FONT = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans KR', sans-serif";

/** How many columns of half a letter's width a text takes; Korean takes two. */
function columnsOf(text: string): number {
  let columns = 0;
  for (const char of text) columns += char.codePointAt(0)! >= 0x1100 ? 2 : 1;
  return columns;
}

/** A text in lines of so many columns, at most `most` of them; what does not fit ends in an ellipsis. */
export function wrapText(text: string, columns: number, most: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/(?<=[\s/_.,:;-])/)) {
    for (let rest = word; rest !== "";) {
      const room = columns - columnsOf(line);
      if (columnsOf(rest.trimEnd()) <= room) {
        line += rest;
        break;
      }
      if (line !== "") {
        lines.push(line.trimEnd());
        line = "";
        continue;
      }
      let at = rest.length;
      while (at > 1 && columnsOf(rest.slice(0, at)) > columns) at--;
      lines.push(rest.slice(0, at));
      rest = rest.slice(at);
    }
  }
  if (line.trim() !== "") lines.push(line.trimEnd());
  if (lines.length <= most) return lines;
  const last = lines[most - 1];
  return [...lines.slice(0, most - 1), last.slice(0, Math.max(1, columns - 1)) + "…"];
}

/** Lab time on a day: `14:32:53`. */
export function timeText(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 19);
}
