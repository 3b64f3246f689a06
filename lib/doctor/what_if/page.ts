import { withParticles } from "../../base/mod.ts";
import { escapeHtml } from "../../go/mod.ts";
import type { Localized } from "../said.ts";
import { said } from "../said.ts";
import { AS_RECORDED, figureRows, tellStories, timeText } from "./tell_what_if.ts";
import type { WhatIf } from "./what_if.ts";

const WIDTH = 960;
const HEIGHT = 220;
const LEFT = 56;
const BOTTOM = 24;
/** No more points than the picture has columns for. */
const MOST_POINTS = 900;

/** Told apart by their strokes too. */
const LINES = ["one", "two", "three", "four", "five", "six"];

const CSS = `
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem;
  color: #1a1a1a; background: #fff; }
h1, h2, p, li, summary { overflow-wrap: anywhere; }
/* What is wider than a small screen is scrolled by itself, and not the page. */
figure, .wide { margin: 0 0 1.5rem; overflow-x: auto; }
figure svg { width: 100%; min-width: 40rem; height: auto; display: block; }
:focus-visible { outline: 2px solid #0b62a4; outline-offset: 2px; }
.key { white-space: nowrap; margin-right: 1rem; }
text { font: 12px system-ui, sans-serif; fill: #444; }
.axis { stroke: #bbb; fill: none; }
.line { fill: none; stroke-width: 1.6; }
.load { stroke: #555; }
.recorded { stroke: #999; stroke-dasharray: 2 3; }
.one { stroke: #0b62a4; } .two { stroke: #b3400a; stroke-dasharray: 8 3; }
.three { stroke: #2c7a3f; stroke-dasharray: 3 3; } .four { stroke: #7a2c74; stroke-dasharray: 10 3 2 3; }
.five { stroke: #806000; stroke-dasharray: 12 4; } .six { stroke: #8a1f3d; stroke-dasharray: 5 5; }
table { border-collapse: collapse; } th, td { padding: .25rem .75rem; border-bottom: 1px solid #ddd; text-align: right; }
th:first-child, td:first-child { text-align: left; }
@media (prefers-color-scheme: dark) {
  body { color: #e6e6e6; background: #16181c; } text { fill: #bbb; }
  .one { stroke: #6bb4f0; } .two { stroke: #f0935f; } .three { stroke: #7fd095; } .four { stroke: #d690d0; }
  .five { stroke: #d8b64a; } .six { stroke: #f08aa4; } .axis { stroke: #555; } th, td { border-color: #3a3d44; }
  :focus-visible { outline-color: #6bb4f0; }
  .load { stroke: #bbb; }
}
`;

/**
 * The replay as a page of its own: a picture for each load and one of the replicas, the table, what is assumed. Nothing
 * in it runs or is fetched: its policy allows the one style and nothing else.
 */
export async function whatIfPage(result: WhatIf, language: keyof Localized): Promise<string> {
  const of = (text: Localized) => escapeHtml(withParticles(text[language]));
  const { syncs: { startMs, stepMs, count }, outcomes, recorded, loads, source, assumes } = result;
  const span = `${timeText(startMs)} – ${timeText(startMs + (count - 1) * stepMs)} UTC`;
  const title = said("What the autoscalers would have done", "오토스케일러가 했을 일");
  const [head, ...rows] = figureRows(result, language);
  const replicas = [
    ...outcomes.map(({ label, replicas }, at) => ({
      label,
      values: replicas as (number | undefined)[],
      style: LINES[at % LINES.length],
    })),
    ...recorded
      ? [{
        label: AS_RECORDED[language],
        values: recorded.replicas,
        style: "recorded",
      }]
      : [],
  ];
  const style = await sha256(CSS);
  return `<!DOCTYPE html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${of(title)}</title>
<style>${CSS}</style>
</head>
<body>
<main>
<h1>${of(title)}</h1>
<p>${span}<br>${escapeHtml(source)}</p>
<h2>${of(said("Replicas", "레플리카"))}</h2>
${picture(replicas, result, said("Replicas over time", "시간에 따른 레플리카")[language], true)}
${storiesOf(result, language)}
${
    loads.map(({ name, promql, values }) =>
      `<h2>${escapeHtml(name)}</h2>\n<p><code>${escapeHtml(promql)}</code></p>\n${
        picture(
          [{
            label: name,
            values: [...values].map((value) => Number.isFinite(value) ? value : undefined),
            style: "load",
          }],
          result,
          said(`${name} over time`, `시간에 따른 ${name}`)[language],
          false,
        )
      }`
    ).join("\n")
  }
<div class="wide" role="region" tabindex="0" aria-label="${
    of(said("Figures of each autoscaler", "오토스케일러마다의 수치"))
  }">
<table>
<thead><tr>${head.map((cell) => `<th scope="col">${escapeHtml(cell)}</th>`).join("")}</tr></thead>
<tbody>
${
    rows.map(([name, ...cells]) =>
      `<tr><th scope="row">${escapeHtml(name)}</th>${
        cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join("")
      }</tr>`
    ).join("\n")
  }
</tbody>
</table>
</div>
<h2>${of(said("What is assumed", "가정한 것"))}</h2>
<ul>
${assumes.map((text) => `<li>${of(text)}</li>`).join("\n")}
</ul>
</main>
</body>
</html>
`;
}

/** What each autoscaler does, in words: a line each, with its scalings below it. */
function storiesOf(result: WhatIf, language: keyof Localized): string {
  const stories: { title: string; moves: string[] }[] = [];
  for (const { indent, text } of tellStories(result)) {
    const told = escapeHtml(withParticles(text[language].trim()));
    if (indent === 0 && told !== "") stories.push({ title: told, moves: [] });
    else if (told !== "") stories.at(-1)?.moves.push(told);
  }
  return stories.map(({ title, moves }) =>
    moves.length === 0
      ? `<p>${title}</p>`
      : `<details><summary>${title}</summary>\n<ul>\n${
        moves.map((move) => `<li>${move}</li>`).join("\n")
      }\n</ul></details>`
  ).join("\n");
}

interface Line {
  label: string;
  values: readonly (number | undefined)[];
  style: string;
}

function picture(
  lines: readonly Line[],
  { syncs: { startMs, stepMs, count } }: WhatIf,
  title: string,
  isStepped: boolean,
): string {
  const top = Math.max(
    1,
    ...lines.map(({ values }) =>
      values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0)
    ),
  );
  const x = (at: number) => LEFT + at / Math.max(1, count - 1) * (WIDTH - LEFT - 8);
  const y = (value: number) => 8 + (1 - value / top) * (HEIGHT - BOTTOM - 8);
  const times = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = Math.round(share * (count - 1));
    const anchor = share === 0 ? "start" : share === 1 ? "end" : "middle";
    return `<text x="${x(at).toFixed(1)}" y="${HEIGHT - 6}" text-anchor="${anchor}">${
      timeText(startMs + at * stepMs).slice(11)
    }</text>`;
  });
  const marks = [0, top].map((value) =>
    `<text x="${LEFT - 6}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${
      Number(value.toPrecision(4))
    }</text>`
  );
  const legend = lines.length > 1
    ? `<p>${
      lines.map(({ label, style }) =>
        `<span class="key">${sample(style)} ${escapeHtml(label)}</span>`
      )
        .join(" ")
    }</p>`
    : "";
  return `${legend}<figure tabindex="0"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${
    escapeHtml(title)
  }">
<title>${escapeHtml(title)}</title>
<path class="axis" d="M${LEFT} 8V${HEIGHT - BOTTOM}H${WIDTH - 8}"/>
${[...marks, ...times].join("\n")}
${
    lines.map(({ values, style }) =>
      `<path class="line ${style}" d="${pathOf(values, x, y, isStepped)}"/>`
    ).join("\n")
  }
</svg></figure>`;
}

function sample(style: string): string {
  return `<svg viewBox="0 0 30 8" width="30" height="8" aria-hidden="true"><path class="line ${style}" d="M0 4H30"/></svg>`;
}

/** A path through the values; of many, the highest of each column. A stepped one is as long as it has steps. */
function pathOf(
  values: readonly (number | undefined)[],
  x: (at: number) => number,
  y: (value: number) => number,
  isStepped: boolean,
): string {
  const each = Math.max(1, Math.ceil(values.length / MOST_POINTS));
  let path = "";
  let last: string | undefined;
  for (let from = 0; from < values.length; from += each) {
    const known = values.slice(from, from + each).filter((value) => value !== undefined);
    const left = x(from).toFixed(1);
    const up = known.length === 0 ? undefined : y(Math.max(...known)).toFixed(1);
    if (isStepped && last !== undefined && up !== last) path += `H${left}`;
    if (up !== undefined) {
      if (last === undefined) path += `M${left} ${up}`;
      else if (!isStepped) path += `L${left} ${up}`;
      else if (up !== last) path += `V${up}`;
    }
    last = up;
  }
  return isStepped && last !== undefined ? `${path}H${x(values.length - 1).toFixed(1)}` : path;
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}
