import { el } from "../browser/dom.ts";
import { QueryEditor } from "./editor.ts";
import { openDialog } from "./dialog.ts";
import { exploreMetrics } from "./explorer.ts";
import { drawGraph } from "./graph.ts";
import { drawTree } from "./tree.ts";
import { call, nameOf, PREFIX, type QueryAnswer, type Series, serverNow } from "./server.ts";

/** A panel as its address has it. Source: prometheus/prometheus web/ui/mantine-ui/src/state/queryPageSlice.ts. */
export interface PanelState {
  expr: string;
  tab: "table" | "graph" | "explain";
  /** The evaluation time and the end of the graph, in Unix seconds; undefined for now. */
  momentS?: number;
  endS?: number;
  rangeS: number;
  /** Undefined for one that fits. */
  stepS?: number;
  stacked: boolean;
}

const RANGES: [text: string, seconds: number][] = [
  ["1m", 60],
  ["5m", 300],
  ["15m", 900],
  ["30m", 1800],
  ["1h", 3600],
  ["2h", 7200],
  ["6h", 21600],
  ["12h", 43200],
  ["1d", 86400],
  ["1w", 604800],
];
/** Points of a graph whose resolution nobody chose. */
const POINTS = 250;
const HISTORY = "promql-history";
const MOST_HISTORY = 50;
const MOST_ROWS = 1_000;

export function readPanels(search: string): PanelState[] {
  const asked = new URLSearchParams(search);
  const found: PanelState[] = [];
  for (let at = 0; asked.has(`g${at}.expr`); at++) {
    const get = (name: string) => asked.get(`g${at}.${name}`) ?? "";
    const seconds = (name: string) => {
      const ms = Date.parse(get(name).replace(" ", "T") + "Z");
      return Number.isNaN(ms) ? undefined : ms / 1000;
    };
    found.push({
      expr: get("expr"),
      tab: /^(graph|0)$/.test(get("tab"))
        ? "graph"
        : get("tab") === "explain"
        ? "explain"
        : "table",
      momentS: seconds("moment_input"),
      endS: seconds("end_input"),
      rangeS: secondsOf(get("range_input")) ?? 3600,
      stepS: Number(get("step_input")) || undefined,
      stacked: get("display_mode") === "stacked" || get("stacked") === "1",
    });
  }
  return found.length > 0 ? found : [{ expr: "", tab: "table", rangeS: 3600, stacked: false }];
}

export function panelParams(state: PanelState): [string, string][] {
  const { expr, tab, momentS, endS, rangeS, stepS, stacked } = state;
  return [
    ["expr", expr],
    ["tab", tab],
    ["range_input", rangeText(rangeS)],
    ...momentS === undefined ? [] : [["moment_input", timeText(momentS)] as [string, string]],
    ...endS === undefined ? [] : [["end_input", timeText(endS)] as [string, string]],
    ...stepS === undefined ? [] : [["step_input", `${stepS}`] as [string, string]],
    ...stacked ? [["display_mode", "stacked"] as [string, string]] : [],
  ];
}

const UNITS: Record<string, number> = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86400,
  w: 604800,
};

function secondsOf(text: string): number | undefined {
  if (!/^(\d+[smhdw])+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+)([smhdw])/g)]
    .reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit], 0) ||
    undefined;
}

function rangeText(seconds: number): string {
  return RANGES.find(([, one]) => one === seconds)?.[0] ??
    `${Math.round(seconds)}s`;
}

function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ");
}

/** One query with its result. */
export class Panel {
  readonly element: HTMLElement;
  readonly state: PanelState;
  readonly #editor: QueryEditor;
  readonly #onChange: () => void;
  readonly #message = el("p", { class: "message", role: "status" });
  readonly #result = el("div", { class: "result" });
  readonly #controls = el("div", { class: "bar" });
  readonly #tabs: Record<PanelState["tab"], HTMLButtonElement>;
  #graph: { destroy(): void } | undefined;
  #asked = 0;

  constructor(
    state: PanelState,
    { onChange, onRemove }: { onChange(): void; onRemove(): void },
  ) {
    this.state = { ...state };
    this.#onChange = onChange;
    const button = (text: string, act: () => void) =>
      el("button", { type: "button", onclick: act }, text);
    const box = el("div", { class: "editor" });
    const tab = (name: PanelState["tab"], text: string) =>
      el("button", {
        type: "button",
        onclick: () => this.#change({ tab: name }),
      }, text);
    this.#tabs = {
      table: tab("table", "Table"),
      graph: tab("graph", "Graph"),
      explain: tab("explain", "Explain"),
    };
    this.element = el(
      "section",
      { class: "panel", "aria-label": "Query" },
      box,
      el(
        "div",
        { class: "bar" },
        button("Execute", () => void this.run()),
        button("Format", () => void this.#format()),
        button("History", () => this.#showHistory()),
        button(
          "Metrics",
          () => exploreMetrics((name) => this.#editor.insert(name)),
        ),
        el("span", { class: "tabs" }, ...Object.values(this.#tabs)),
        button("Remove", onRemove),
      ),
      this.#controls,
      this.#message,
      this.#result,
    );
    this.#editor = new QueryEditor(box, {
      prefix: PREFIX,
      text: state.expr,
      label: "PromQL expression",
      onRun: () => void this.run(),
    });
    this.#drawControls();
  }

  focus(): void {
    this.#editor.view.focus();
  }

  remove(): void {
    this.#asked++;
    this.#graph?.destroy();
    this.#editor.view.destroy();
    this.element.remove();
  }

  #change(change: Partial<PanelState>): void {
    Object.assign(this.state, change);
    this.#drawControls();
    void this.run();
  }

  /** Asks the server and shows what it says; only the latest question is answered. */
  async run(isStep = true): Promise<void> {
    const { state } = this;
    state.expr = this.#editor.text.trim();
    if (isStep) this.#onChange();
    const asked = ++this.#asked;
    this.#say("");
    if (state.expr === "") return this.#show([]);
    remember(state.expr);
    try {
      if (state.tab === "graph") return await this.#runGraph(asked);
      // All parts of an explained query are asked for one moment.
      const momentS = state.momentS ?? (state.tab === "explain" ? await serverNow() : undefined);
      const at: Record<string, string> = momentS === undefined ? {} : { time: `${momentS}` };
      if (state.tab === "table") {
        const answer = await call<QueryAnswer>("query", {
          ...at,
          query: state.expr,
        });
        if (asked !== this.#asked) return;
        this.#note(answer);
        this.#show(tableOf(answer.data));
      } else {
        // What the server does not take apart is not explained: its words, and the mark where it is wrong.
        await call("parse_query", { query: state.expr });
        if (asked !== this.#asked) return;
        const { element, done } = drawTree(this.#editor.expressions, at);
        this.#show([element]);
        await done;
      }
    } catch (error) {
      if (asked !== this.#asked) return;
      const { message } = error as Error;
      this.#show([]);
      this.#say(message, "bad");
      this.#editor.mark(message);
    }
  }

  async #runGraph(asked: number): Promise<void> {
    const { expr, endS, rangeS, stepS, stacked } = this.state;
    const end = endS ?? await serverNow();
    const step = stepS ?? Math.max(1, Math.ceil(rangeS / POINTS));
    const start = end - Math.floor(rangeS / step) * step;
    const range = { start: `${start}`, end: `${end}`, step: `${step}` };
    const answer = await call<QueryAnswer>("query_range", {
      ...range,
      query: expr,
    });
    if (asked !== this.#asked) return;
    this.#note(answer);
    const series = answer.data.result as Series[];
    if (series.length === 0) {
      return this.#show([el("p", {}, "Empty query result")]);
    }
    this.#show([]);
    this.#graph = drawGraph(this.#result, {
      series,
      startS: start,
      endS: end,
      stepS: step,
      stacked,
      onZoom: (from, to) =>
        this.#change({
          endS: Math.round(to),
          rangeS: Math.max(5, Math.round(to - from)),
        }),
    });
  }

  #show(nodes: Node[]): void {
    this.#graph?.destroy();
    this.#graph = undefined;
    this.#result.replaceChildren(...nodes);
  }

  #say(text: string, kind = ""): void {
    this.#message.textContent = text;
    this.#message.className = `message ${kind}`;
  }

  #note({ warnings = [], infos = [], data: { result } }: QueryAnswer): void {
    const count = Array.isArray(result) ? `${result.length} series` : "";
    this.#say(
      [count, ...warnings, ...infos].join(" · "),
      warnings.length > 0 ? "warning" : "",
    );
  }

  async #format(): Promise<void> {
    try {
      const { data } = await call<{ data: string }>("format_query", {
        query: this.#editor.text,
      });
      this.#editor.text = data;
    } catch (error) {
      this.#say((error as Error).message, "bad");
      this.#editor.mark((error as Error).message);
    }
  }

  #showHistory(): void {
    const dialog = el("dialog", { "aria-label": "History" });
    const rows = history().map((expr) =>
      el("button", {
        type: "button",
        class: "row",
        onclick: () => {
          dialog.close();
          this.#editor.text = expr;
          void this.run();
        },
      }, expr)
    );
    dialog.append(
      ...rows.length > 0 ? rows : [el("p", {}, "Nothing was run yet.")],
    );
    openDialog(dialog);
  }

  #drawControls(): void {
    const { tab, momentS, endS, rangeS, stepS, stacked } = this.state;
    for (const [name, button] of Object.entries(this.#tabs)) {
      button.setAttribute("aria-pressed", `${name === tab}`);
    }
    const button = (text: string, label: string, act: () => void) =>
      el("button", {
        type: "button",
        "aria-label": label,
        title: label,
        onclick: act,
      }, text);
    const time = (
      label: string,
      now: number | undefined,
      set: (seconds?: number) => void,
    ) => {
      const field = el("input", {
        type: "text",
        "aria-label": label,
        placeholder: `${label}: now`,
        size: 24,
        value: now === undefined ? "" : timeText(now),
        onchange: () => {
          const ms = Date.parse(`${field.value.trim().replace(" ", "T")}Z`);
          set(Number.isNaN(ms) ? undefined : ms / 1000);
        },
      });
      return field;
    };
    const move = async (by: number) =>
      this.#change({ endS: Math.round((endS ?? await serverNow()) + by) });
    if (tab !== "graph") {
      return this.#controls.replaceChildren(
        time(
          "Evaluation time (UTC)",
          momentS,
          (momentS) => this.#change({ momentS }),
        ),
        button(
          "now",
          "Evaluate now",
          () => this.#change({ momentS: undefined }),
        ),
      );
    }
    const ranges = RANGES.some(([, seconds]) => seconds === rangeS)
      ? RANGES
      : [[rangeText(rangeS), rangeS] as [string, number], ...RANGES];
    const range = el(
      "select",
      {
        "aria-label": "Range",
        onchange: () => this.#change({ rangeS: Number(range.value) }),
      },
      ...ranges.map(([text, seconds]) => el("option", { value: seconds }, text)),
    );
    range.value = `${rangeS}`;
    const step = el("input", {
      type: "number",
      min: 1,
      "aria-label": "Resolution in seconds",
      placeholder: "res. (s)",
      value: stepS,
      onchange: () => this.#change({ stepS: Number(step.value) || undefined }),
    });
    this.#controls.replaceChildren(
      range,
      button("←", "Earlier", () => void move(-rangeS / 2)),
      time("End (UTC)", endS, (endS) => this.#change({ endS })),
      button("→", "Later", () => void move(rangeS / 2)),
      button("now", "Up to now", () => this.#change({ endS: undefined })),
      button(
        "+",
        "Shorter range",
        () => this.#change({ rangeS: Math.max(5, Math.round(rangeS / 2)) }),
      ),
      button("−", "Longer range", () => this.#change({ rangeS: rangeS * 2 })),
      step,
      el("button", {
        type: "button",
        "aria-pressed": `${stacked}`,
        onclick: () => this.#change({ stacked: !stacked }),
      }, "Stacked"),
    );
  }
}

function tableOf({ resultType, result }: QueryAnswer["data"]): Node[] {
  if (resultType === "scalar" || resultType === "string") {
    return [
      el(
        "table",
        {},
        el(
          "tr",
          {},
          el("td", {}, resultType),
          el("td", { class: "value" }, String(result[1])),
        ),
      ),
    ];
  }
  if (result.length === 0) return [el("p", {}, "Empty query result")];
  const valueOf = ({ value, values, histogram }: Series): (Node | string)[] => {
    if (value) return [value[1]];
    if (values) return values.flatMap(([t, v]) => [`${v} @${t}`, el("br")]);
    return [
      histogram ? `count ${histogram[1].count}, sum ${histogram[1].sum}` : "",
    ];
  };
  const rows = (result as Series[]).slice(0, MOST_ROWS).map((one) =>
    el(
      "tr",
      {},
      el("td", {}, el("code", {}, nameOf(one.metric))),
      el("td", { class: "value" }, ...valueOf(one)),
    )
  );
  const left = result.length - rows.length;
  return [
    el("div", { class: "scroll" }, el("table", {}, el("tbody", {}, ...rows))),
    ...left > 0 ? [el("p", { class: "note" }, `${left} more series are not shown.`)] : [],
  ];
}

function history(): string[] {
  try {
    const kept = JSON.parse(localStorage.getItem(HISTORY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}

function remember(expr: string): void {
  const kept = [expr, ...history().filter((one) => one !== expr)].slice(
    0,
    MOST_HISTORY,
  );
  try {
    localStorage.setItem(HISTORY, JSON.stringify(kept));
  } catch {
    // A browser that keeps nothing runs queries all the same.
  }
}
