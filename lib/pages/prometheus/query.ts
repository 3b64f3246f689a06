/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { el } from "../browser/dom.ts";
import { Panel, panelParams, type PanelState, readPanels } from "./panel.ts";

/*
 * The query page: panels, which stand in the address as Prometheus writes them, so that links and Back work.
 */

const main = document.querySelector("main")!;
const list = el("div", {});
const panels: Panel[] = [];

function addressOf(states: readonly PanelState[]): string {
  const asked = new URLSearchParams();
  states.forEach((state, at) => {
    for (const [name, value] of panelParams(state)) {
      asked.set(`g${at}.${name}`, value);
    }
  });
  return `${location.pathname}?${asked}`;
}

function changed(): void {
  const address = addressOf(panels.map(({ state }) => state));
  if (address !== `${location.pathname}${location.search}`) {
    history.pushState(null, "", address);
  }
}

function add(state: PanelState): Panel {
  const panel = new Panel(state, {
    onChange: changed,
    onRemove: () => {
      panels.splice(panels.indexOf(panel), 1);
      panel.remove();
      if (panels.length === 0) add({ ...readPanels("")[0] });
      changed();
    },
  });
  panels.push(panel);
  list.append(panel.element);
  return panel;
}

function show(): void {
  for (const panel of panels.splice(0)) panel.remove();
  for (const state of readPanels(location.search)) add(state);
  for (const panel of panels) void panel.run(false);
}

main.replaceChildren(
  list,
  el("button", {
    type: "button",
    onclick: () => add(readPanels("")[0]).focus(),
  }, "Add query"),
);
addEventListener("popstate", show);
show();
if (panels[0].state.expr === "") panels[0].focus();
