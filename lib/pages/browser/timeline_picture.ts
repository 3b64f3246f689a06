import type { Frame } from "../frame.ts";
import { FONT, svg, theme, timeText } from "./dom.ts";
import { words } from "./words.ts";

type Line = NonNullable<Frame["timeline"]>;
type Pods = Frame["there"]["pods"];

const LEFT = 52;
const RIGHT = 14;
const METRIC = { top: 22, height: 150 };
const REPLICAS = { top: 204, height: 84 };
const EVENTS_AT = 306;
const LANES_AT = 322;
const LANE = 13;
const MOST_LANES = 14;

/** Where a moment is on the picture, and which moment is where. */
export interface TimeScale {
  width: number;
  xOf(atMs: number): number;
  atOf(x: number): number;
}

export function timeScale({ fromMs, toMs }: Line, width: number): TimeScale {
  const room = width - LEFT - RIGHT;
  return {
    width,
    xOf: (atMs) => LEFT + (atMs - fromMs) / (toMs - fromMs) * room,
    atOf: (x) => fromMs + Math.min(1, Math.max(0, (x - LEFT) / room)) * (toMs - fromMs),
  };
}

/** A number as short as a person reads it. */
export function short(value: number | undefined): string {
  if (value === undefined) return words.nothingYet;
  const [by, unit] = Math.abs(value) >= 1e9
    ? [1e9, "G"]
    : Math.abs(value) >= 1e6
    ? [1e6, "M"]
    : Math.abs(value) >= 1e4
    ? [1e3, "k"]
    : [1, ""];
  return `${Number((value / Number(by)).toPrecision(3))}${unit}`;
}

/** The next number of 1, 2, 2.5 or 5 times a power of ten. */
function niceTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value || 1));
  return power * ([1, 2, 2.5, 5, 10].find((one) => one * power >= value) ?? 10);
}

/** What is drawn over time, and where on it. */
interface Drawing {
  line: Line;
  pods: Pods;
  /** Which of the HPA's metrics, by its place. */
  metric: number;
  scale: TimeScale;
  cursorMs: number;
}

/** The metric against its target, replicas below it, and the pods that were there, on one time. */
export function timelinePicture({ line, pods: all, metric, scale, cursorMs }: Drawing) {
  const colours = theme();
  const { width, xOf } = scale;
  const pods = podsOf(line, all);
  const lanes = Math.min(MOST_LANES, pods.length);
  const height = LANES_AT + lanes * LANE + 30;
  const drawn = svg("svg", {
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: "img",
    "aria-label": `${words.timeline}: ${line.id}`,
    "font-family": FONT,
    "font-size": 11,
  });
  const add = (...nodes: SVGElement[]) => drawn.append(...nodes);
  const text = (x: number, y: number, said: string, more: Record<string, string | number> = {}) =>
    svg("text", { x, y, fill: colours.soft, ...more }, said);
  const rule = (y: number) =>
    svg("path", { d: `M${LEFT} ${y}H${width - RIGHT}`, stroke: colours.line, "stroke-width": 1 });

  const values = line.moments.map(({ values }) => values[metric]);
  const targets = line.moments.map(({ targets }) => targets[metric]);
  const target = line.hpa.metrics[metric]?.target;
  const top = niceTop(1.05 * highest([...values, ...targets, target]));
  const most = Math.max(
    1,
    highest(line.moments.flatMap(({ current, desired, ready }) => [current, desired, ready])),
  );
  const yIn = ({ top: from, height }: typeof METRIC, most: number) => (value: number) =>
    from + height - value / most * height;
  const yValue = yIn(METRIC, top);
  const yCount = yIn(REPLICAS, most);
  const name = line.hpa.metrics[metric]?.name ?? words.metric;
  add(
    text(LEFT, 12, name, { fill: colours.metric, "font-weight": 600 }),
    text(LEFT, REPLICAS.top - 10, words.replicas, { fill: colours.ink, "font-weight": 600 }),
  );
  for (const part of [0, 0.5, 1]) {
    add(
      rule(yValue(top * part)),
      text(LEFT - 6, yValue(top * part) + 4, short(top * part), { "text-anchor": "end" }),
    );
  }
  const counts = most <= 4 ? Array.from({ length: most + 1 }, (_, at) => at) : [0, most];
  for (const count of counts) {
    add(
      rule(yCount(count)),
      text(LEFT - 6, yCount(count) + 4, `${count}`, { "text-anchor": "end" }),
    );
  }
  const times = line.moments.map(({ atMs }, at) => ({
    from: xOf(Math.max(atMs, line.fromMs)),
    to: xOf(Math.min(line.moments[at + 1]?.atMs ?? line.toMs, atMs + line.holdsMs, line.toMs)),
  }));
  const steps = (all: (number | undefined)[], y: (value: number) => number) => {
    let path = "";
    let isOn = false;
    all.forEach((value, at) => {
      if (value === undefined) return void (isOn = false);
      const joins = isOn && times[at].from - times[at - 1].to < 1;
      path += `${joins ? "L" : "M"}${times[at].from.toFixed(1)} ${y(value).toFixed(1)}` +
        `H${times[at].to.toFixed(1)}`;
      isOn = true;
    });
    return path;
  };
  const ready = line.moments.map(({ ready, current }) => ready ?? current);
  const area = ready.map((value, at) =>
    value === undefined
      ? ""
      : `M${times[at].from.toFixed(1)} ${yCount(0)}V${yCount(value)}H${times[at].to.toFixed(1)}` +
        `V${yCount(0)}Z`
  );
  add(svg("path", {
    d: area.join(""),
    fill: colours.ready,
    "fill-opacity": 0.45,
    "shape-rendering": "crispEdges",
  }));
  const stroke = (d: string, colour: string, more: Record<string, string | number> = {}) =>
    svg("path", { d, fill: "none", stroke: colour, "stroke-width": 2, ...more });
  add(
    stroke(steps(targets, yValue), colours.target, {
      "stroke-dasharray": "6 4",
      "stroke-width": 1.5,
    }),
    stroke(steps(values, yValue), colours.metric),
    stroke(steps(line.moments.map(({ desired }) => desired), yCount), colours.desired),
  );
  if (target !== undefined) {
    add(text(width - RIGHT - 5, yValue(target) - 5, `${words.target} ${short(target)}`, {
      "text-anchor": "end",
      fill: colours.target,
    }));
  }
  for (const { atMs, isUp, to } of line.events) {
    const x = xOf(atMs);
    add(
      svg("path", {
        d: `M${x} ${METRIC.top}V${REPLICAS.top + REPLICAS.height}`,
        stroke: colours.soft,
        "stroke-dasharray": "2 4",
      }),
      text(x, EVENTS_AT, `${isUp ? "▲" : "▼"}${to}`, {
        "text-anchor": "middle",
        fill: colours.ink,
        "font-weight": 700,
      }),
    );
  }
  pods.slice(-MOST_LANES).forEach((pod, at) => add(lane(pod, line, LANES_AT + at * LANE, scale)));
  const axis = LANES_AT + lanes * LANE + 6;
  const ticks = width < 520 ? 2 : 4;
  for (let at = 0; at <= ticks; at++) {
    const atMs = line.fromMs + (line.toMs - line.fromMs) * at / ticks;
    const anchor = at === 0 ? "start" : at === ticks ? "end" : "middle";
    add(text(xOf(atMs), axis + 14, timeText(atMs), { "text-anchor": anchor }));
  }
  add(svg("path", {
    class: "cursor",
    d: `M${xOf(cursorMs)} ${METRIC.top - 6}V${axis}`,
    stroke: colours.ink,
    "stroke-width": 1.5,
  }));
  return drawn;
}

/** The pods of what is scaled, the oldest first. */
function podsOf({ hpa, fromMs }: Line, pods: Pods): Pods {
  return pods.filter(({ of, goneMs = Infinity }) => of === hpa.scales.name && goneMs > fromMs)
    .sort((a, b) => a.createdMs - b.createdMs);
}

function lane(
  pod: Pods[number],
  { fromMs, toMs }: Line,
  y: number,
  { xOf }: TimeScale,
): SVGElement {
  const colours = theme();
  const bar = (from: number, to: number, fill: string) => {
    const [a, b] = [Math.max(from, fromMs), Math.min(to, toMs)];
    return svg("rect", {
      x: xOf(a),
      y,
      width: Math.max(1, xOf(b) - xOf(a)),
      height: LANE - 4,
      rx: 3,
      fill,
    });
  };
  const end = pod.goneMs ?? toMs;
  return svg(
    "g",
    {},
    svg("title", {}, pod.name),
    bar(pod.createdMs, end, colours.pending),
    ...pod.ready.filter(([, to]) => (to ?? toMs) > fromMs)
      .map(([from, to]) => bar(from, to ?? end, colours.ready)),
  );
}

function highest(values: (number | undefined)[]): number {
  return values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
}
