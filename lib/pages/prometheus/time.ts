/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { el } from "../browser/dom.ts";
import { serverNow } from "./server.ts";

/*
 * What stands on every page: the lab's time, which runs away from the wall's, and how fast; and a filter of what is listed.
 */

const ASK_MS = 5_000;
/** So many paces are remembered; a jump of the clock is none of them for long. */
const MOST_PACES = 7;

/** Shows the server's time, and its seconds for each of the wall's, as it usually went between two answers. */
function showTime(place: HTMLElement): void {
  let before: { wallS: number; serverS: number } | undefined;
  const paces: number[] = [];
  const ask = async () => {
    if (document.hidden) return void (before = undefined);
    try {
      const serverS = await serverNow();
      const wallS = performance.now() / 1000;
      if (before) paces.push((serverS - before.serverS) / (wallS - before.wallS));
      if (paces.length > MOST_PACES) paces.shift();
      before = { wallS, serverS };
      const time = new Date(serverS * 1000).toISOString().slice(0, 19).replace("T", " ");
      place.textContent = `${time} UTC${paceText(paces)}`;
    } catch {
      place.textContent = "no answer";
    }
  };
  void ask();
  setInterval(ask, ASK_MS);
}

function paceText(paces: readonly number[]): string {
  const pace = paces.toSorted((a, b) => a - b)[Math.floor(paces.length / 2)];
  if (pace === undefined) return "";
  if (pace < 0.05) return " · stands still";
  return ` · about x${pace < 3 ? pace.toFixed(1) : Math.round(pace)}`;
}

/** A field that hides the rows that hold none of what is typed into it; it stands in the address. */
function filterRows(main: HTMLElement): void {
  const rows = [
    ...main.querySelectorAll<HTMLElement>("tr[data-row], [data-row]:not(tr)"),
  ];
  if (rows.length === 0) return;
  const states = [...new Set(rows.map(({ dataset }) => dataset.state ?? ""))]
    .filter(Boolean).sort();
  const asked = new URLSearchParams(location.search);
  const search = el("input", {
    type: "search",
    placeholder: "Filter",
    "aria-label": "Filter",
    value: asked.get("search") ?? "",
  });
  const state = el(
    "select",
    { "aria-label": "State" },
    el("option", { value: "" }, `all (${rows.length})`),
  );
  for (const name of states) {
    const count = rows.filter(({ dataset }) => dataset.state === name).length;
    state.append(el("option", { value: name }, `${name} (${count})`));
  }
  state.value = asked.get("state") ?? "";
  const told = el("span", { role: "status" });
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const text = row.textContent!.toLowerCase();
      const isShown = words.every((word) => text.includes(word)) &&
        (state.value === "" || row.dataset.state === state.value);
      row.hidden = !isShown;
      if (isShown) count++;
    }
    for (const section of main.querySelectorAll<HTMLElement>("section")) {
      const inside = [...section.querySelectorAll<HTMLElement>("[data-row]")];
      section.hidden = inside.length > 0 &&
        inside.every(({ hidden }) => hidden);
    }
    told.textContent = `${count} / ${rows.length}`;
    const next = new URLSearchParams();
    if (search.value) next.set("search", search.value);
    if (state.value) next.set("state", state.value);
    history.replaceState(
      null,
      "",
      `${location.pathname}${`${next}` && `?${next}`}`,
    );
  };
  search.addEventListener("input", filter);
  state.addEventListener("change", filter);
  main.prepend(
    el(
      "p",
      { class: "bar" },
      search,
      ...states.length > 0 ? [state] : [],
      told,
    ),
  );
  filter();
}

showTime(document.getElementById("time")!);
filterRows(document.querySelector("main")!);
