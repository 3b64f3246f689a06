import uPlot from "uplot";
import { el } from "../browser/dom.ts";
import { nameOf, type Series } from "./server.ts";

/** As many colours as there are series, each far from those before it. */
function colourOf(at: number): string {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  return `hsl(${Math.round((18 + at * 137.508) % 360)} 68% ${dark ? 64 : 40}%)`;
}

/** More than these are not drawn at once: the rest can be had by a narrower query. */
const MOST_SERIES = 200;

interface Drawing {
  series: readonly Series[];
  startS: number;
  endS: number;
  stepS: number;
  stacked: boolean;
  onZoom(startS: number, endS: number): void;
}

/** Draws lines over time, with a legend whose entries hide and show them, and tell the values under the cursor. */
export function drawGraph(
  place: HTMLElement,
  { series: all, startS, endS, stepS, stacked, onZoom }: Drawing,
): { destroy(): void } {
  const series = all.slice(0, MOST_SERIES);
  const times: number[] = [];
  for (let t = startS; t <= endS + stepS / 2; t += stepS) times.push(t);
  const values = series.map(({ values = [] }) => {
    const row: (number | null)[] = Array(times.length).fill(null);
    for (const [t, text] of values) {
      const at = Math.round((t - startS) / stepS);
      const value = Number(text.replace("Inf", "Infinity"));
      if (at >= 0 && at < row.length && Number.isFinite(value)) row[at] = value;
    }
    return row;
  });
  const shown = series.map(() => true);
  const ink = getComputedStyle(document.documentElement).getPropertyValue(
    "--soft",
  ).trim();
  const line = getComputedStyle(document.documentElement).getPropertyValue(
    "--line",
  ).trim();
  const readouts = series.map(() => el("span", { class: "value" }));
  const canvas = el("div", {
    class: "plot",
    role: "img",
    "aria-label": `Graph of ${series.length} series`,
  });
  const stack = () => {
    const sums = Array(times.length).fill(0);
    return values.map((row, of) =>
      !shown[of]
        ? row.map(() => null)
        : row.map((value, at) => value === null ? null : (sums[at] += value))
    );
  };
  // Each is filled down to the one that is shown below it, and not through all of them.
  const bands = (): uPlot.Band[] => {
    const order = shown.flatMap((is, of) => is ? [of + 1] : []);
    return stacked ? order.slice(1).map((of, at) => ({ series: [of, order[at]] })) : [];
  };
  const rows = () => stacked ? stack() : values;
  const axis = {
    stroke: ink,
    grid: { stroke: line, width: 1 },
    ticks: { stroke: line, width: 1 },
  };
  const plot = new uPlot(
    {
      width: Math.max(240, place.clientWidth),
      height: 340,
      legend: { show: false },
      cursor: { drag: { x: true, y: false, setScale: false } },
      scales: { x: { time: true, range: [startS, endS] } },
      bands: bands(),
      // The last time of the axis stands half beside it.
      padding: [null, 26, null, null],
      tzDate: (ts) => uPlot.tzDate(new Date(ts * 1000), "Etc/UTC"),
      axes: [{
        ...axis,
        space: 60,
        values: (_: uPlot, ticks: number[]) => timesOf(ticks),
      }, {
        ...axis,
        size: 64,
        values: (_: uPlot, ticks: number[]) => ticks.map((tick) => short(tick)),
      }],
      series: [
        {},
        ...series.map((_, at): uPlot.Series => ({
          stroke: colourOf(at),
          width: 1.5,
          ...(stacked ? { fill: colourOf(at).replace(")", " / 0.25)") } : {}),
          points: { show: times.length < 40 },
        })),
      ],
      hooks: {
        setSelect: [({ select, posToVal }: uPlot) => {
          if (select.width < 4) return;
          onZoom(
            posToVal(select.left, "x"),
            posToVal(select.left + select.width, "x"),
          );
        }],
        setCursor: [({ cursor: { idx } }: uPlot) => {
          readouts.forEach((readout, at) => {
            const value = idx === null || idx === undefined ? null : values[at][idx];
            readout.textContent = value === null ? "" : String(value);
          });
        }],
      },
    },
    [times, ...rows()] as uPlot.AlignedData,
    canvas,
  );
  const buttons = series.map((one, at) => {
    const key = el("span", { class: "key", "aria-hidden": "true" });
    key.style.background = colourOf(at);
    const button = el(
      "button",
      {
        type: "button",
        "aria-pressed": "true",
        onclick: (event: MouseEvent) => {
          // With Control or the command key this one alone, or all again.
          const isAlone = shown.every((is, of) => is === (of === at));
          if (event.ctrlKey || event.metaKey) {
            shown.forEach((_, of) => shown[of] = isAlone || of === at);
          } else shown[at] = !shown[at];
          plot.batch(() => {
            shown.forEach((is, of) => {
              plot.setSeries(of + 1, { show: is });
              buttons[of].setAttribute("aria-pressed", `${is}`);
            });
            if (stacked) {
              plot.delBand(null);
              for (const band of bands()) plot.addBand(band);
              plot.setData([times, ...rows()] as uPlot.AlignedData, true);
            }
          });
        },
      },
      key,
      el("code", {}, nameOf(one.metric)),
    );
    return button;
  });
  const left = all.length - series.length;
  place.replaceChildren(
    canvas,
    el(
      "ul",
      { class: "entries" },
      ...buttons.map((button, at) => el("li", {}, button, readouts[at])),
    ),
    ...left > 0 ? [el("p", { class: "note" }, `${left} more series are not drawn.`)] : [],
  );
  const watch = new ResizeObserver(() =>
    plot.setSize({ width: Math.max(240, place.clientWidth), height: 340 })
  );
  watch.observe(place);
  return {
    destroy() {
      watch.disconnect();
      plot.destroy();
    },
  };
}

/** Times of an axis, by the clock of 24 hours; with the day where it is another than before. */
function timesOf(ticks: number[]): string[] {
  const texts = ticks.map((tick) => new Date(tick * 1000).toISOString());
  const isFine = ticks.some((tick) => tick % 60 !== 0);
  return texts.map((text, at) => {
    const time = text.slice(11, isFine ? 19 : 16);
    return text.slice(0, 10) === texts[at - 1]?.slice(0, 10)
      ? time
      : `${time}\n${text.slice(0, 10)}`;
  });
}

function short(value: number): string {
  const found = ([[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e4, "k"]] as const)
    .find(([least]) => Math.abs(value) >= least);
  const [by, unit] = found ? [found[0] === 1e4 ? 1e3 : found[0], found[1]] : [1, ""];
  return `${Number((value / by).toPrecision(4))}${unit}`;
}
