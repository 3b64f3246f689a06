/**
 * Draws what stands in a terminal as an SVG that is readable on a dark page and on a light one: standard input is what
 * `tmux capture-pane -e -p` prints, standard output the picture.
 *
 *     tmux capture-pane -e -p -t NAME | deno run docs/screens/terminal_svg.ts "what it shows" > docs/screens/map.svg
 *
 * Only what the tutor uses is understood: bold, dim, and the eight colours of the terminal's own palette.
 * Source: ECMA-48 8.3.117 (SGR).
 */
import { displayWidth } from "../../lib/term/mod.ts";

/** Characters that are drawn alike. */
interface Run {
  text: string;
  /** Columns from the left. */
  at: number;
  classes: string[];
}

const CELL = { width: 8.4, height: 18, font: 14 };
const MARGIN = 14;
const COLOURS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

const DARK = "#e6e6e6 #16181d #ff7b72 #7ee787 #e3b341 #79c0ff #d2a8ff #76e3ea";
const LIGHT = "#1f2328 #ffffff #b3261e #116329 #7d4e00 #0550ae #6639ba #0a5c66";

/** The runs of each line; a colour goes on in the next line. */
function linesOf(screen: string): Run[][] {
  let classes: string[] = [];
  return screen.split("\n").map((line) => {
    const runs = runsOf(line, classes);
    classes = runs.at(-1)?.classes ?? classes;
    return runs;
  });
}

/** The runs of a line, and an empty one with what holds at its end. */
function runsOf(line: string, before: string[]): Run[] {
  const runs: Run[] = [];
  let classes = before;
  let at = 0;
  // deno-lint-ignore no-control-regex
  for (const part of line.split(/(\x1b\[[\d;]*m)/)) {
    // deno-lint-ignore no-control-regex
    const [, codes] = /^\x1b\[([\d;]*)m$/.exec(part) ?? [];
    if (codes !== undefined) classes = afterCodes(classes, codes);
    else {
      runs.push({ text: part, at, classes });
      at += displayWidth(part);
    }
  }
  return [...runs, { text: "", at, classes }];
}

function afterCodes(classes: readonly string[], codes: string): string[] {
  let now = [...classes];
  for (const code of codes.split(";").map(Number)) {
    if (code === 0) now = [];
    else if (code === 1) now.push("bold");
    else if (code === 2) now.push("dim");
    else if (code === 22) now = now.filter((name) => name !== "bold" && name !== "dim");
    else if (code === 39) now = now.filter((name) => !COLOURS.includes(name));
    else if (code >= 30 && code < 38) {
      now = [...now.filter((name) => !COLOURS.includes(name)), COLOURS[code - 30]];
    }
  }
  return now;
}

/** Blocks by the eighths of a cell that they fill, from below. */
const BLOCKS = "▁▂▃▄▅▆▇█";

/**
 * Each character has a place of its own, for no font keeps to the columns with all of them; blocks are drawn, so that
 * they touch.
 */
function drawRun({ text, at, classes }: Run, y: number): string {
  const name = classes.length > 0 ? ` class="${classes.join(" ")}"` : "";
  let column = at;
  const places: string[] = [];
  const blocks: string[] = [];
  let shown = "";
  for (const char of text) {
    const x = (MARGIN + column * CELL.width).toFixed(1);
    column += displayWidth(char);
    const height = (BLOCKS.indexOf(char) + 1) * CELL.height / 8;
    if (height > 0) {
      const top = y - CELL.font + CELL.height - height;
      blocks.push(`<rect x="${x}" y="${top}" width="${CELL.width}" height="${height}"${name}/>`);
    } else if (char !== " ") {
      places.push(x);
      shown += char;
    }
  }
  const escaped = shown.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const drawn = shown === ""
    ? ""
    : `<text x="${places.join(" ")}" y="${y}"${name}>${escaped}</text>`;
  return blocks.join("") + drawn;
}

function paletteOf(colours: string): string {
  const [text, page, red, green, yellow, blue, magenta, cyan] = colours.split(" ");
  const named = { red, green, yellow, blue, magenta, cyan };
  return `text{fill:${text}}.page{fill:${page}}` +
    Object.entries(named).map(([name, colour]) => `.${name}{fill:${colour}}`).join("");
}

function draw(screen: string, title: string): string {
  const lines = linesOf(screen.replace(/^\n+|\s+$/g, ""));
  const ends = lines.flat().map(({ text, at }) => at + displayWidth(text.trimEnd()));
  const columns = Math.max(...ends);
  const [width, height] = [
    Math.ceil(columns * CELL.width + 2 * MARGIN),
    lines.length * CELL.height + 2 * MARGIN,
  ];
  const rows = lines.flatMap((line, index) => {
    const y = MARGIN + index * CELL.height + CELL.font;
    return line.map((run) => drawRun(run, y)).filter((text) => text !== "");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}" role="img">
<title>${title.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</title>
<style>
text{font:${CELL.font}px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,"Noto Sans Mono CJK KR",monospace;white-space:pre}
.bold{font-weight:700}rect{shape-rendering:crispEdges}.dim{opacity:.72}
${paletteOf(DARK)}
@media(prefers-color-scheme:light){${paletteOf(LIGHT)}}
</style>
<rect class="page" width="100%" height="100%" rx="8" stroke="#8b949e"/>
${rows.join("\n")}
</svg>
`;
}

const [title = "A terminal"] = Deno.args;
console.log(draw(await new Response(Deno.stdin.readable).text(), title).trimEnd());
