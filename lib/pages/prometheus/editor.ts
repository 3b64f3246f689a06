import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import {
  defaultKeymap,
  history,
  historyKeymap,
  insertNewlineAndIndent,
} from "@codemirror/commands";
import {
  bracketMatching,
  ensureSyntaxTree,
  HighlightStyle,
  syntaxHighlighting,
} from "@codemirror/language";
import { type Diagnostic, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { type Expression, expressionsIn } from "./tree.ts";
import { PromQLExtension } from "@prometheus-io/codemirror-promql";

/** Colours of a query, as the page's variables have them in light and dark. */
const COLOURS = HighlightStyle.define([
  {
    tag: [tags.keyword, tags.modifier, tags.operatorKeyword],
    color: "var(--keyword)",
  },
  {
    tag: [tags.function(tags.variableName), tags.standard(tags.name)],
    color: "var(--function)",
  },
  { tag: [tags.string, tags.labelName], color: "var(--string)" },
  { tag: [tags.number, tags.unit], color: "var(--number)" },
  { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
  { tag: tags.invalid, color: "var(--bad)" },
]);

const promql = (prefix: string) =>
  new PromQLExtension()
    .setComplete({
      remote: { url: prefix, httpMethod: "GET", cache: { maxAge: 60_000 } },
    })
    .activateLinter(true);

/** How long a query may take to be taken apart, in milliseconds. */
const PARSE_MS = 500;

const MONO = "14px/1.6 ui-monospace, Menlo, Consolas, monospace";

/** How the editor looks; the page's own style sheet does not reach into it. */
const LOOK = EditorView.theme({
  "&": { background: "var(--card)", color: "var(--ink)", borderRadius: "6px" },
  "&.cm-focused": { outline: "3px solid var(--link)" },
  ".cm-content": { font: MONO, caretColor: "var(--ink)", padding: "0.5rem 0.3rem" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-placeholder": { color: "var(--soft)" },
  ".cm-tooltip": {
    background: "var(--card)",
    color: "var(--ink)",
    border: "1px solid var(--soft)",
    maxWidth: "min(40rem, 90vw)",
  },
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    background: "var(--link)",
    color: "var(--card)",
  },
});

/** An editor for PromQL: completion of metrics, labels, values and functions from the server, and marks at mistakes. */
export class QueryEditor {
  readonly view: EditorView;

  constructor(
    parent: HTMLElement,
    { prefix, text, label, onRun }: {
      prefix: string;
      text: string;
      label: string;
      onRun: () => void;
    },
  ) {
    const run = () => {
      onRun();
      return true;
    };
    // Within a shadow root its styles are sheets of their own, which the page's policy allows, and not elements.
    const root = parent.attachShadow({ mode: "open" });
    this.view = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        doc: text,
        extensions: [
          history(),
          bracketMatching(),
          closeBrackets(),
          autocompletion(),
          promql(prefix).asExtension(),
          syntaxHighlighting(COLOURS),
          LOOK,
          placeholder("Enter expression (Shift+Enter for a new line)"),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": label }),
          Prec.highest(
            keymap.of([{ key: "Shift-Enter", run: insertNewlineAndIndent }]),
          ),
          // What is completed is taken by Enter; without a list Enter runs.
          keymap.of([...completionKeymap, ...closeBracketsKeymap, {
            key: "Enter",
            run,
          }]),
          keymap.of([...defaultKeymap, ...historyKeymap, ...lintKeymap]),
        ],
      }),
    });
  }

  get text(): string {
    return this.view.state.doc.toString();
  }

  set text(text: string) {
    const { length } = this.view.state.doc;
    if (text !== this.text) {
      this.view.dispatch({ changes: { from: 0, to: length, insert: text } });
    }
  }

  /** The expressions of the query, as its grammar takes it apart. */
  get expressions(): Expression[] {
    const { state } = this.view;
    const tree = ensureSyntaxTree(state, state.doc.length, PARSE_MS);
    return tree ? expressionsIn(tree.topNode, this.text) : [];
  }

  /** Puts a text where the cursor is. */
  insert(text: string): void {
    this.view.dispatch(this.view.state.replaceSelection(text));
    this.view.focus();
  }

  /** Marks what the server says is wrong, at the place that it names: `1:5: parse error: …`. */
  mark(message: string): void {
    const [, line, column] = /(\d+):(\d+): parse error/.exec(message) ?? [];
    const { doc } = this.view.state;
    if (line === undefined || Number(line) > doc.lines) return;
    const at = Math.min(
      doc.length,
      doc.line(Number(line)).from + Math.max(0, Number(column) - 1),
    );
    const from = Math.min(at, Math.max(0, doc.length - 1));
    const found: Diagnostic = {
      from,
      to: Math.min(doc.length, from + 1),
      severity: "error",
      message,
    };
    this.view.dispatch(setDiagnostics(this.view.state, [found]));
  }
}
