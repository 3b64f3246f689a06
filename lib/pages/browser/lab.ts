/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { Frame, ShownSum } from "../frame.ts";
import { addressOf, type Looking, readAddress, SPANS } from "./address.ts";
import { chainPicture } from "./chain_picture.ts";
import { csvRows } from "./csv_rows.ts";
import { el, timeText } from "./dom.ts";
import { nodesPicture } from "./nodes_picture.ts";
import { legend, lessonsPanel, stepPanel, whyPanel } from "./panels.ts";
import { saveButtons } from "./save.ts";
import { short, timelinePicture, timeScale } from "./timeline_picture.ts";
import { isKorean, words } from "./words.ts";

/*
 * The lab's page: it takes what changed from one stream of events and draws the part that it is of.
 */

const SUM_AFTER_MS = 90;
/** The page's usual letters, in pixels. */
const FONT_PX = 15;

const frame: Partial<Frame> = {};
const looking = readAddress();
let source: EventSource | undefined;
let sumTimer: ReturnType<typeof setTimeout> | undefined;
let sumOf = "";
const drawn: Record<"chain" | "timeline", SVGSVGElement | null> = { chain: null, timeline: null };

function look(change: Partial<Looking>, isStep = true): void {
  const before = addressOf({ ...looking, at: undefined, large: false });
  Object.assign(looking, change);
  const address = addressOf(looking);
  if (isStep) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  if (addressOf({ ...looking, at: undefined, large: false }) !== before) connect();
  drawAll();
}

// ---------------------------------------------------------------- the stream

function connect(): void {
  source?.close();
  source = undefined;
  if (document.hidden) return;
  const { hpa, span } = looking;
  const asked = new URLSearchParams({
    lang: isKorean ? "ko" : "en",
    span,
    ...(hpa ? { hpa } : {}),
  });
  source = new EventSource(`/live?${asked}`);
  source.onmessage = ({ data }) => {
    const changed = JSON.parse(data) as Partial<Frame>;
    tellNews(changed);
    // Time that goes back is of a line that was undone: the sums of then may be others.
    if (changed.clock && frame.clock && changed.clock.nowMs < frame.clock.nowMs) sumOf = "";
    Object.assign(frame, changed);
    parts.away.hidden = true;
    draw(Object.keys(changed) as (keyof Frame)[]);
  };
  source.onerror = () => {
    parts.away.hidden = false;
    if (source?.readyState === EventSource.CLOSED) setTimeout(connect, 2_000);
  };
}

/** Says aloud what a person would want to hear: a change of size, and a hop that broke. */
function tellNews({ timeline, why }: Partial<Frame>): void {
  const last = timeline?.events.at(-1);
  const known = frame.timeline?.events.at(-1);
  if (last && frame.timeline?.id === timeline?.id && last.atMs !== known?.atMs) {
    parts.news.textContent = sizeText(last);
  }
  if (why?.isBroken && why.title !== frame.why?.title) parts.news.textContent = why.title;
}

function sizeText({ isUp, to, atMs }: { isUp: boolean; to: number; atMs: number }): string {
  return `${timeText(atMs)} ${isUp ? words.scaledUp(to) : words.scaledDown(to)}`;
}

// ---------------------------------------------------------------- the parts of the page

const panel = (id: string, title: string, ...children: (Node | string)[]) =>
  el(
    "section",
    { class: "panel", id, "aria-labelledby": `${id}-title` },
    el("h2", { id: `${id}-title` }, title),
    ...children,
  );
const inWords = (id: string) =>
  el("details", {}, el("summary", {}, words.inWords), el("ul", { id: `${id}-words` }));
const select = (
  label: string,
  options: [value: string, text: string][],
  pick: (value: string) => void,
) => {
  const box = el("select", { "aria-label": label, onchange: () => pick(box.value) });
  for (const [value, text] of options) box.append(el("option", { value }, text));
  return box;
};

const parts = {
  clock: el("p", { class: "clock" }),
  away: el("p", { class: "away", role: "status", hidden: true }, words.away),
  news: el("p", { class: "unseen", "aria-live": "polite" }),
  large: el("button", { type: "button", onclick: () => look({ large: !looking.large }) }),
  hpa: select(words.hpa, [], (hpa) => look({ hpa, at: undefined, metric: 0 })),
  span: select(words.span, SPANS.map((span) => [span, span]), (span) => look({ span })),
  metric: select(words.metric, [], (metric) => look({ metric: Number(metric) })),
  slider: el("input", { type: "range", "aria-label": words.cursor, step: 1000 }),
  picture: el("div", { class: "picture scrub" }),
  chain: el("div", { class: "picture" }),
  later: el("p", { class: "note" }),
  readout: el("p", { class: "readout" }),
  sum: el("ol", { class: "sum" }),
  sumTitle: el("h3", {}, words.sum),
  why: el("div", { class: "why" }),
  events: el("ul", { class: "events" }),
  nodes: el("div", {}),
  step: el("div", { class: "step" }),
  lessons: el("div", { class: "lessons" }),
  note: el("p", { class: "note" }),
  /** What there is of an HPA alone. */
  ofHpa: [el("div", {}), el("div", {})],
};

function build(): void {
  const go = (label: string, sign: string, act: () => void) =>
    el("button", { type: "button", "aria-label": label, title: label, onclick: act }, sign);
  const other = new URLSearchParams(location.search);
  other.set("lang", isKorean ? "en" : "ko");
  document.body.replaceChildren(
    el("a", { class: "skip", href: "#main" }, words.skip),
    el(
      "header",
      {},
      el("h1", {}, "hpa-tutor ", el("small", {}, words.title)),
      parts.clock,
      el(
        "nav",
        {},
        parts.large,
        el("a", {
          href: `?${other}`,
          lang: isKorean ? "en" : "ko",
          hreflang: isKorean ? "en" : "ko",
        }, words.language),
      ),
    ),
    parts.away,
    parts.news,
    el(
      "main",
      { id: "main" },
      panel("step", words.step, parts.step),
      panel(
        "chain",
        words.chain,
        saveButtons("pipeline", () => drawn.chain),
        parts.chain,
        parts.later,
        inWords("chain"),
        el("h3", {}, words.whyTitle),
        parts.why,
      ),
      panel(
        "timeline",
        words.timeline,
        parts.ofHpa[0],
        parts.picture,
        parts.ofHpa[1],
      ),
      panel("nodes", words.nodes, parts.nodes),
      panel("lessons", words.lessons, parts.lessons),
    ),
    el("footer", {}, el("a", { href: "/licences.txt" }, words.licences)),
  );
  parts.ofHpa[0].append(
    el(
      "div",
      { class: "bar" },
      parts.hpa,
      parts.metric,
      parts.span,
      saveButtons(
        "timeline",
        () => drawn.timeline,
        () => frame.timeline ? csvRows(frame.timeline) : [],
      ),
    ),
    legend(),
  );
  parts.ofHpa[1].append(
    el(
      "div",
      { class: "bar scrubber" },
      go(words.previous, "←", () => jump(-1)),
      parts.slider,
      go(words.next, "→", () => jump(1)),
      el("button", { type: "button", onclick: () => look({ at: undefined }) }, words.now),
    ),
    parts.readout,
    parts.sumTitle,
    parts.sum,
    parts.note,
    inWords("timeline"),
    el("h3", {}, words.events),
    parts.events,
  );
  parts.slider.addEventListener("input", () => look({ at: Number(parts.slider.value) }, false));
  const scrub = (event: PointerEvent) => {
    const { timeline } = frame;
    if (!timeline || !drawn.timeline) return;
    const { left, width } = drawn.timeline.getBoundingClientRect();
    const scale = timeScale(timeline, drawn.timeline.viewBox.baseVal.width);
    const x = (event.clientX - left) * drawn.timeline.viewBox.baseVal.width / width;
    look({ at: scale.atOf(x) }, false);
  };
  parts.picture.addEventListener("pointerdown", (event) => {
    parts.picture.setPointerCapture(event.pointerId);
    scrub(event);
  });
  parts.picture.addEventListener("pointermove", (event) => event.buttons > 0 && scrub(event));
}

// ---------------------------------------------------------------- drawing

const DRAW: Record<keyof Frame, () => void> = {
  clock: drawClock,
  place: drawPlace,
  hpas: drawChoices,
  chain: drawChain,
  why: drawWhy,
  timeline: drawTimeline,
  there: drawTimeline,
};

function draw(changed: (keyof Frame)[]): void {
  for (const drawing of new Set(changed.map((part) => DRAW[part]))) drawing();
}

function drawAll(): void {
  document.documentElement.classList.toggle("large", looking.large);
  parts.large.textContent = looking.large ? words.usual : words.large;
  parts.large.setAttribute("aria-pressed", `${looking.large}`);
  draw(Object.keys(frame) as (keyof Frame)[]);
}

function list(id: string, lines: readonly string[]): void {
  replace(document.getElementById(id)!, lines.map((line) => el("li", {}, line)));
}

/** Puts nodes in the place of what is there, unless that is the same: what has the focus, or is selected, stays. */
function replace(place: Element, nodes: Node[]): void {
  const next = el("div", {}, ...nodes as HTMLElement[]);
  if (next.innerHTML !== place.innerHTML) place.replaceChildren(...next.childNodes);
}

function drawClock(): void {
  const { nowMs, speed, stands, busy, context } = frame.clock!;
  const date = new Date(nowMs).toISOString().slice(0, 19).replace("T", " ");
  const pace = context ?? (stands ? words.stands : `x${speed}`);
  const trouble = busy === undefined ? "" : `. ${words.busy}${busy === "" ? "" : `: ${busy}`}`;
  parts.clock.textContent = `${words.labTime} ${date} · ${pace}${trouble}`;
}

function drawPlace(): void {
  // Without a tutor there is no course.
  for (const id of ["step", "lessons"]) {
    document.getElementById(id)!.hidden = frame.place === null;
  }
  replace(parts.step, stepPanel(frame.place));
  replace(parts.lessons, lessonsPanel(frame.place));
}

function drawChoices(): void {
  const ids = frame.hpas ?? [];
  replace(parts.hpa, ids.map((id) => el("option", { value: id }, id)));
  parts.hpa.disabled = ids.length === 0;
  if (frame.timeline) parts.hpa.value = frame.timeline.id;
  parts.span.value = looking.span;
}

function drawChain(): void {
  const { hops, title, told, later } = frame.chain!;
  drawn.chain = chainPicture(hops, widthOf(parts.chain), title);
  parts.chain.replaceChildren(drawn.chain);
  parts.later.textContent = later;
  list("chain-words", told);
}

function drawWhy(): void {
  replace(parts.why, whyPanel(frame.why, parts.why.querySelector("details")?.open));
}

const cursorMs = () => {
  const { fromMs, toMs } = frame.timeline!;
  return Math.min(toMs, Math.max(fromMs, looking.at ?? toMs));
};

function drawTimeline(): void {
  drawChoices();
  const { timeline } = frame;
  const isThere = timeline !== null && timeline !== undefined;
  for (const part of parts.ofHpa) part.hidden = !isThere;
  list("timeline-words", timeline?.told ?? []);
  if (!isThere) {
    drawn.timeline = null;
    parts.picture.replaceChildren(el("p", {}, words.noHpa));
    return drawThere(frame.there?.toMs ?? 0);
  }
  const { hpa, fromMs, toMs, moments, events, from, gap } = timeline;
  const metric = looking.metric < hpa.metrics.length ? looking.metric : 0;
  replace(parts.metric, hpa.metrics.map(({ name }, at) => el("option", { value: at }, name)));
  parts.metric.value = `${metric}`;
  const atMs = cursorMs();
  drawn.timeline = timelinePicture({
    line: timeline,
    pods: frame.there?.pods ?? [],
    metric,
    scale: timeScale(timeline, widthOf(parts.picture)),
    cursorMs: atMs,
  });
  parts.picture.replaceChildren(drawn.timeline);
  Object.assign(parts.slider, { min: fromMs, max: toMs });
  parts.slider.value = `${atMs}`;
  const then = moments.findLast((moment) => moment.atMs <= atMs);
  const told = [
    `${timeText(atMs)}${looking.at === undefined ? ` (${words.live})` : ""}`,
    `${hpa.metrics[metric]?.name ?? words.metric} ${short(then?.values[metric])}`,
    `${words.target} ${short(then?.targets[metric])}`,
    `${words.desired} ${short(then?.desired)}`,
    `${words.ready} ${short(then?.ready ?? then?.current)}`,
  ].join(" · ");
  parts.readout.textContent = told;
  parts.slider.setAttribute("aria-valuetext", told);
  parts.note.textContent = gap ? "" : from ? words.from[from] : "";
  replace(
    parts.events,
    events.length === 0 ? [el("li", {}, words.noEvents)] : events.toReversed().map((event) => {
      const button = el(
        "button",
        { type: "button", class: "link", "data-at": event.atMs },
        sizeText(event),
      );
      return el("li", {}, button, ` ${event.reason}`);
    }),
  );
  drawThere(atMs);
  askSum(timeline.id, then?.atMs);
}

/** Nodes and pods, where they are recorded as of a moment. */
function drawThere(atMs: number): void {
  const { there } = frame;
  if (!there) return;
  const told = there.isRecorded ? words.ofNamespace(there.namespace) : words.notRecorded;
  replace(parts.nodes, [
    el("p", { class: "note" }, told),
    nodesPicture(there, there.isRecorded ? atMs : there.toMs),
  ]);
}

/** How wide a picture is drawn in a place; less where the page is large, so that its letters are as large. */
function widthOf(place: HTMLElement): number {
  const zoom = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / FONT_PX;
  return Math.max(280, Math.round(place.clientWidth / zoom));
}

parts.events.addEventListener("click", (event) => {
  const at = (event.target as Element).closest("button")?.getAttribute("data-at");
  if (at) look({ at: Number(at) });
});

/** Asks for the sum of a decision, once the cursor rests. */
function askSum(id: string, atMs: number | undefined): void {
  const wanted = `${id} ${atMs} ${frame.place?.isAsking}`;
  if (atMs === undefined) return parts.sum.replaceChildren();
  if (wanted === sumOf) return;
  sumOf = wanted;
  clearTimeout(sumTimer);
  sumTimer = setTimeout(async () => {
    const asked = new URLSearchParams({ lang: isKorean ? "ko" : "en", hpa: id, at: `${atMs}` });
    try {
      const sum = await (await fetch(`/sum?${asked}`)).json() as ShownSum;
      if (wanted !== sumOf) return;
      parts.sumTitle.textContent = sum.atMs === undefined
        ? words.sum
        : words.sumOf(timeText(sum.atMs));
      replace(parts.sum, sum.lines.map((line) => el("li", {}, line)));
    } catch {
      sumOf = "";
    }
  }, SUM_AFTER_MS);
}

/** To the change of size before or after the cursor. */
function jump(way: 1 | -1): void {
  const { timeline } = frame;
  if (!timeline) return;
  const atMs = cursorMs();
  const found = way > 0
    ? timeline.events.find((event) => event.atMs > atMs)
    : timeline.events.findLast((event) => event.atMs < atMs);
  if (found) look({ at: found.atMs });
}

build();
drawAll();
connect();
document.addEventListener("visibilitychange", connect);
addEventListener("popstate", () => {
  Object.assign(looking, { hpa: undefined, at: undefined }, readAddress());
  connect();
  drawAll();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
new ResizeObserver(() => requestAnimationFrame(drawAll)).observe(document.body);
