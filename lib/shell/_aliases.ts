import type { ScriptNode, TransformPlugin } from "just-bash";
import { parse } from "./_mended_engine.ts";
import { ALIAS, literalOf } from "./syntax.ts";

type Json = unknown;

/** How many aliases one line may come to; each may name two others. */
const MAX_EXPANSIONS = 1_000;

/**
 * Expands the aliases of a line before it runs. just-bash would evaluate the text of one that is more than a simple
 * command anew, where the alias's own name means itself again, without end.
 * Source: bash alias.c, parse.y (an alias is not expanded within itself).
 */
export function expandAliases(env: Readonly<Record<string, string>>): TransformPlugin {
  return {
    name: "aliases",
    transform: ({ ast }) => ({ ast: new Expansion(env).rewrite(ast, []) as ScriptNode }),
  };
}

class Expansion {
  #left = MAX_EXPANSIONS;

  constructor(private readonly env: Readonly<Record<string, string>>) {}

  /** A copy of a part of a script; nothing is changed in place, for the parser may keep what it read. */
  rewrite(node: Json, within: readonly string[]): Json {
    if (Array.isArray(node)) return node.map((part) => this.rewrite(part, within));
    if (typeof node !== "object" || node === null) return node;
    const expanded = node.type === "SimpleCommand" ? this.#expanded(node, within) : undefined;
    if (expanded) return expanded;
    return Object.fromEntries(
      Object.entries(node).map(([key, part]) => [key, this.rewrite(part, within)]),
    );
  }

  /** What stands in the place of a command; undefined when it is no alias's. */
  #expanded(command: Json, within: readonly string[]): Json {
    const isPlain = command.name?.parts.length === 1 && command.name.parts[0].type === "Literal";
    const name: string = isPlain ? literalOf(command.name) ?? "" : "";
    const key = ALIAS + name;
    if (name === "" || !Object.hasOwn(this.env, key)) return undefined;
    if (within.includes(name)) return this.#final(command, name, within);
    const text = this.env[key];
    // What follows such a one may be an alias too, which just-bash sees to.
    if (/\s$/.test(text) || --this.#left < 0) return undefined;
    const script = parsed(text);
    if (!script) return undefined;
    const inside = [...within, name];
    const last = script.statements.at(-1)?.pipelines.at(-1)?.commands.at(-1);
    if (last?.type !== "SimpleCommand") return undefined;
    // Arguments come after the last word of the text.
    last.args.push(...command.args);
    last.redirections.push(...command.redirections);
    const only = single(script);
    if (only) only.assignments.unshift(...command.assignments);
    const found = this.rewrite(only ?? script.statements, inside);
    return only ? found : { type: "Group", body: found, redirections: [] };
  }

  /** A command whose name is no alias any more. */
  #final(command: Json, name: string, within: readonly string[]): Json {
    const rest = this.rewrite({ ...command, name: null }, within);
    return { ...rest, name: { type: "Word", parts: [{ type: "SingleQuoted", value: name }] } };
  }
}

/** A copy of what a text reads as; undefined for one that does not read well. */
function parsed(text: string): Json {
  try {
    return structuredClone(parse(text));
  } catch {
    return undefined;
  }
}

function single({ statements }: Json): Json {
  const [pipeline, ...more] = statements.flatMap((statement: Json) => statement.pipelines);
  const isOne = more.length === 0 && pipeline.commands.length === 1 && !pipeline.negated &&
    !pipeline.timed && !statements[0].background;
  return isOne ? pipeline.commands[0] : undefined;
}
