import type { ShownHop } from "../frame.ts";
import { FONT, svg, theme, type ThemeColour, wrapText } from "./dom.ts";
import { words } from "./words.ts";

const MARKS: Record<ShownHop["state"], [mark: string, colour: ThemeColour]> = {
  works: ["✓", "good"],
  fails: ["✗", "bad"],
  waits: ["…", "wait"],
  absent: ["○", "soft"],
};
const GAP = 34;
const LEAST = 196;
/** Of a box without what it shows, and of a line of that. */
const HEAD = 68;
const LINE = 16;
const MOST_LINES = 3;

/**
 * The way of a metric as boxes, one after another and row after row; rows go to and fro, so that no arrow has far to go.
 * State is told by mark, colour and words.
 */
export function chainPicture(hops: readonly ShownHop[], width: number, title: string) {
  const colours = theme();
  const across = Math.max(1, Math.min(hops.length, Math.floor((width + GAP) / (LEAST + GAP))));
  const box = (width - GAP * (across - 1) - 4) / across;
  const columns = Math.floor((box - 26) / 6.6);
  const shows = hops.map((hop) => wrapText(hop.shows, columns, MOST_LINES));
  const rows = Array.from({ length: Math.ceil(hops.length / across) }, (_, row) => {
    const lines = shows.slice(row * across, (row + 1) * across).map(({ length }) => length);
    return HEAD + LINE * Math.max(1, ...lines);
  });
  const topOf = (row: number) =>
    2 + rows.slice(0, row).reduce((sum, height) => sum + height + GAP, 0);
  const height = topOf(rows.length) - GAP + 2;
  const placeOf = (at: number): Place => {
    const row = Math.floor(at / across);
    const column = row % 2 === 0 ? at % across : across - 1 - at % across;
    return { x: 2 + column * (box + GAP), y: topOf(row), width: box, height: rows[row] };
  };
  const drawn = svg("svg", {
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: "img",
    "aria-label": title,
    "font-family": FONT,
  });
  hops.forEach((hop, at) => {
    if (at < hops.length - 1) drawn.append(arrow(placeOf(at), placeOf(at + 1), hop, colours));
    drawn.append(
      boxOf(hop, placeOf(at), { what: wrapText(hop.what, columns, 1), shows: shows[at] }),
    );
  });
  return drawn;
}

type Place = { x: number; y: number; width: number; height: number };

function arrow(from: Place, to: Place, hop: ShownHop, colours: Colours): SVGElement {
  const isDown = from.y !== to.y;
  const isBack = to.x < from.x;
  const start = isDown
    ? { x: from.x + from.width / 2, y: from.y + from.height }
    : { x: isBack ? from.x : from.x + from.width, y: from.y + from.height / 2 };
  const length = GAP - 4;
  const turn = isDown ? 90 : isBack ? 180 : 0;
  const flows = hop.state === "works";
  return svg(
    "g",
    {
      transform: `translate(${start.x} ${start.y}) rotate(${turn})`,
      stroke: flows ? colours.good : colours.soft,
      fill: "none",
      "stroke-width": 2,
      ...(flows ? {} : { "stroke-dasharray": "3 4" }),
    },
    svg("path", { d: `M3 0H${length}` }),
    svg("path", { d: `M${length - 6} -5L${length} 0L${length - 6} 5`, "stroke-dasharray": "none" }),
  );
}

type Colours = ReturnType<typeof theme>;

function boxOf(
  hop: ShownHop,
  { x, y, width, height }: Place,
  told: { what: string[]; shows: string[] },
): SVGElement {
  const colours = theme();
  const [mark, colour] = hop.isBroken ? MARKS.fails : MARKS[hop.state];
  const paint = colours[colour];
  const put = (text: string, atY: number, attributes: Record<string, string | number>) =>
    svg("text", { x: 14, y: atY, fill: colours.ink, "font-size": 12, ...attributes }, text);
  const note = hop.isBroken ? words.broken : hop.stateName;
  return svg(
    "g",
    { transform: `translate(${x} ${y})` },
    svg("title", {}, `${hop.name}: ${hop.stateName}`),
    svg("rect", {
      width,
      height,
      rx: 8,
      fill: colours.card,
      stroke: paint,
      "stroke-width": hop.isBroken ? 3 : 1.5,
      ...(hop.state === "absent" ? { "stroke-dasharray": "5 4" } : {}),
    }),
    svg("circle", { cx: 23, cy: 21, r: 10, fill: "none", stroke: paint, "stroke-width": 1.5 }),
    put(mark, 26, {
      x: 23,
      "text-anchor": "middle",
      fill: paint,
      "font-size": 14,
      "font-weight": 700,
    }),
    put(hop.name, 20, { x: 40, "font-size": 14, "font-weight": 700 }),
    put(note, 34, { x: 40, fill: paint, "font-size": 11 }),
    ...told.what.map((line) => put(line, 53, { fill: colours.soft })),
    ...told.shows.map((line, at) => put(line, 70 + at * LINE, {})),
    ...hop.isHere
      ? [
        svg("rect", {
          x: -1,
          y: -1,
          width: width + 2,
          height: height + 2,
          rx: 9,
          fill: "none",
          stroke: colours.metric,
          "stroke-width": 2,
          "stroke-dasharray": "2 3",
        }),
        svg("path", { d: "M-1 20l-6 -6v12z", fill: colours.metric, transform: "translate(8 0)" }),
      ]
      : [],
  );
}
