import { quote } from "./quote.ts";

/** What stands in a template. `pos` is where a node begins in the text. */
export type Node =
  | { type: "text"; pos: number; text: string }
  | { type: "action"; pos: number; pipe: Pipe }
  | Branch
  | { type: "template"; pos: number; name: string; pipe?: Pipe }
  | { type: "break" | "continue"; pos: number };

export interface Branch {
  type: "if" | "range" | "with";
  pos: number;
  pipe: Pipe;
  list: Node[];
  otherwise?: Node[];
}

export interface Pipe {
  type: "pipe";
  pos: number;
  /** Variables that get the value: `$x := …`, or `$i, $x :=` of a range. */
  variables: string[];
  /** Whether they are there already, `=`. */
  isAssign: boolean;
  commands: Command[];
}

export interface Command {
  type: "command";
  pos: number;
  args: Operand[];
}

export type Operand =
  | { type: "field"; pos: number; path: string[] }
  | { type: "variable"; pos: number; name: string; path: string[] }
  | { type: "chain"; pos: number; node: Operand; path: string[] }
  | { type: "function"; pos: number; name: string }
  | { type: "dot"; pos: number }
  | { type: "nil"; pos: number }
  | { type: "string" | "number" | "bool"; pos: number; value: unknown; text: string }
  | Pipe;

/** One template: what `define`, or a whole text, is. */
export interface Tree {
  name: string;
  /** The template that was parsed when this one was found, and its text: what places are told in. */
  parseName: string;
  text: string;
  root: Node[];
}

/** Whether there is nothing but spaces: such a template does not replace another. */
export function isEmptyTree(nodes: readonly Node[]): boolean {
  return nodes.every((node) =>
    node.type === "text" && /^[ \t\r\n\v\f\u0085\u00a0]*$/.test(node.text)
  );
}

/** A node as it could have been written. Source: golang/go src/text/template/parse/node.go (String). */
export function nodeText(node: Node | Command | Operand): string {
  switch (node.type) {
    case "text":
      return node.text;
    case "action":
      return `{{${nodeText(node.pipe)}}}`;
    case "if":
    case "range":
    case "with": {
      const otherwise = node.otherwise && `{{else}}${node.otherwise.map(nodeText).join("")}`;
      const list = node.list.map(nodeText).join("");
      return `{{${node.type} ${nodeText(node.pipe)}}}${list}${otherwise ?? ""}{{end}}`;
    }
    case "template":
      return `{{template ${quote(node.name)}${node.pipe ? ` ${nodeText(node.pipe)}` : ""}}}`;
    case "break":
    case "continue":
      return `{{${node.type}}}`;
    case "pipe": {
      const commands = node.commands.map(nodeText).join(" | ");
      if (node.variables.length === 0) return commands;
      return `${node.variables.join(", ")} ${node.isAssign ? "=" : ":="} ${commands}`;
    }
    case "command":
      return node.args.map(inParentheses).join(" ");
    case "field":
      return `.${node.path.join(".")}`;
    case "variable":
      return [node.name, ...node.path].join(".");
    case "chain":
      return [inParentheses(node.node), ...node.path].join(".");
    case "function":
      return node.name;
    case "dot":
      return ".";
    case "nil":
      return "nil";
  }
  return node.text;
}

function inParentheses(node: Operand): string {
  return node.type === "pipe" ? `(${nodeText(node)})` : nodeText(node);
}
