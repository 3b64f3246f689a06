import { el } from "../browser/dom.ts";
import { openDialog } from "./dialog.ts";
import { call } from "./server.ts";

interface Metadata {
  type: string;
  help: string;
}

/** A dialog with every metric, its type and its help; what is picked goes to `onPick`. */
export async function exploreMetrics(
  onPick: (name: string) => void,
): Promise<void> {
  const dialog = el("dialog", { "aria-label": "Metrics" }, el("p", {}, "…"));
  openDialog(dialog);
  const [names, metadata] = await Promise.all([
    call<{ data: string[] }>("label/__name__/values"),
    call<{ data: Record<string, Metadata[]> }>("metadata"),
  ]);
  const rows = names.data.map((name) => {
    const [about] = metadata.data[name] ?? [];
    return el(
      "button",
      {
        type: "button",
        class: "row",
        onclick: () => {
          dialog.close();
          onPick(name);
        },
      },
      el("code", {}, name),
      el("small", {}, about ? ` ${about.type}: ${about.help}` : ""),
    );
  });
  const search = el("input", {
    type: "search",
    placeholder: "Filter",
    "aria-label": "Filter metrics",
    oninput: () => {
      const words = search.value.toLowerCase().split(/\s+/);
      for (const row of rows) {
        row.hidden = !words.every((word) => row.textContent!.toLowerCase().includes(word));
      }
    },
  });
  dialog.querySelector("p")?.remove();
  dialog.prepend(search, el("div", { class: "rows" }, ...rows));
  search.focus();
}
