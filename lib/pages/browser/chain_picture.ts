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
const HEIGHT = 112;
const LEAST = 196;

/**
 * The way of a metric as boxes, one after another and row after row; rows go to and fro, so that no arrow has far to go.
 * State is told by mark, colour and words.
 */
export function chainPicture(hops: readonly ShownHop[], width: number, title: string) {
  const colours = theme();
  const across = Math.max(1, Math.min(hops.length, Math.floor((width + GAP) / (LEAST + GAP))));
  const box = (width - GAP * (across - 1) - 4) / across;
  const rows = Math.ceil(hops.length / across);
  const height = rows * HEIGHT + (rows - 1) * GAP + 4;
  const placeOf = (at: number) => {
    const row = Math.floor(at / across);
    const column = row % 2 === 0 ? at % across : across - 1 - at % across;
    return { x: 2 + column * (box + GAP), y: 2 + row * (HEIGHT + GAP) };
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
    if (at < hops.length - 1) drawn.append(arrow(placeOf(at), placeOf(at + 1), box, hop, colours));
    drawn.append(boxOf(hop, { ...placeOf(at), width: box }, colours));
  });
  return drawn;
}

type Place = { x: number; y: number };

function arrow(from: Place, to: Place, box: number, hop: ShownHop, colours: Colours): SVGElement {
  const isDown = from.y !== to.y;
  const isBack = to.x < from.x;
  const start = isDown
    ? { x: from.x + box / 2, y: from.y + HEIGHT }
    : { x: isBack ? from.x : from.x + box, y: from.y + HEIGHT / 2 };
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

/** About how wide a text is in bold, by the size of its font. */
function emsOf(text: string): number {
  return [...text].reduce((ems, char) => ems + (char > "\u1100" ? 1 : 0.62), 0);
}

function boxOf(
  hop: ShownHop,
  { x, y, width }: Place & { width: number },
  colours: Colours,
): SVGElement {
  const [mark, colour] = hop.isBroken ? MARKS.fails : MARKS[hop.state];
  const paint = colours[colour];
  const columns = Math.floor((width - 26) / 6.6);
  const put = (text: string, atY: number, attributes: Record<string, string | number>) =>
    svg("text", { x: 14, y: atY, fill: colours.ink, "font-size": 12, ...attributes }, text);
  const note = hop.isBroken ? words.broken : hop.stateName;
  // The name makes room for the state beside it.
  const room = width - 60 - emsOf(note) * 11;
  const nameSize = Math.max(10, Math.min(14, room / emsOf(hop.name)));
  return svg(
    "g",
    { transform: `translate(${x} ${y})` },
    svg("title", {}, `${hop.name}: ${hop.stateName}`),
    svg("rect", {
      width,
      height: HEIGHT,
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
    put(hop.name, 26, { x: 40, "font-size": nameSize, "font-weight": 700 }),
    put(note, 26, { x: width - 12, "text-anchor": "end", fill: paint, "font-size": 11 }),
    ...wrapText(hop.what, columns, 1).map((line) => put(line, 47, { fill: colours.soft })),
    ...wrapText(hop.shows, columns, 3).map((line, at) => put(line, 65 + at * 16, {})),
    ...hop.isHere
      ? [
        svg("rect", {
          x: -1,
          y: -1,
          width: width + 2,
          height: HEIGHT + 2,
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
