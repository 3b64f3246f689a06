import { DEFAULT_LIMITS, TemplateBudget, type TemplateLimits } from "./_template_budget.ts";
import { GoTemplateError } from "./_template_error.ts";
import { type ExecOptions, Execution } from "./_template_exec.ts";
import { builtinFunctions, isTrue, takes, type TemplateFunction } from "./_template_functions.ts";
import { isEmptyTree, type Tree } from "./_template_nodes.ts";
import { parseTemplate } from "./_template_parser.ts";
import type { WholeNumbers } from "./go_types.ts";
import { goQuoted } from "./quote.ts";

export { GoTemplateError, isTrue, takes, type TemplateFunction };

export interface TemplateOptions {
  /** What actions stand between; `{{` and `}}` unless said otherwise. */
  delimiters?: readonly [left: string, right: string];
  /** What templates may call besides the functions that every template has. */
  functions?: Readonly<Record<string, TemplateFunction>>;
  /** What a key that a map has not is: nothing, the zero value of its type, or a mistake. */
  missingKey?: "default" | "zero" | "error";
  /** What whole numbers in the data are; int64 unless said otherwise. */
  whole?: WholeNumbers;
  limits?: Partial<TemplateLimits>;
}

/** Templates that know each other by name, and what they may call. */
export class TemplateSet {
  readonly #trees: Map<string, Tree>;
  readonly #exec: ExecOptions;
  readonly #limits: TemplateLimits;
  readonly #delimiters: readonly [left: string, right: string];
  /** Shared by copies: what is executed within an execution counts for it. */
  readonly #running: { budget?: TemplateBudget };

  constructor(readonly options: TemplateOptions = {}, copied?: TemplateSet) {
    const { delimiters = ["{{", "}}"], functions = {}, missingKey = "default", whole = "int64" } =
      options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#delimiters = delimiters;
    this.#trees = new Map(copied ? copied.#trees : []);
    this.#running = copied ? copied.#running : {};
    this.#exec = {
      tree: (name) => this.#trees.get(name),
      functions,
      builtins: builtinFunctions(whole, this.#limits.chars),
      missingKey,
      whole,
    };
  }

  /** A set with the same templates, to which more can be added; its functions may be others. */
  copy(options: TemplateOptions = {}): TemplateSet {
    return new TemplateSet({ ...this.options, ...options }, this);
  }

  has(name: string): boolean {
    return this.#trees.has(name);
  }

  /**
   * Reads a text, and adds what it defines; what is nothing but spaces does not replace a template.
   * Errors: GoTemplateError.
   */
  parse(name: string, text: string): GoTemplate {
    const { functions, builtins } = this.#exec;
    const trees = parseTemplate(name, text, {
      delimiters: this.#delimiters,
      hasFunction: (word) => Object.hasOwn(functions, word) || Object.hasOwn(builtins, word),
    });
    for (const [defined, tree] of trees) {
      if (!this.#trees.has(defined) || !isEmptyTree(tree.root)) this.#trees.set(defined, tree);
    }
    return new GoTemplate(this, trees.get(name)!);
  }

  /** Executes the template of a name. Errors: GoTemplateError. */
  execute(name: string, data: unknown): string {
    const tree = this.#trees.get(name);
    if (tree) return this.executeTree(tree, data);
    throw new GoTemplateError(
      `template: no template ${goQuoted(name)} associated with template ${goQuoted("gotpl")}`,
    );
  }

  executeTree(tree: Tree, data: unknown): string {
    const isOutermost = this.#running.budget === undefined;
    this.#running.budget ??= new TemplateBudget(this.#limits);
    try {
      return new Execution(tree, this.#exec, this.#running.budget).run(data);
    } finally {
      if (isOutermost) this.#running.budget = undefined;
    }
  }
}

/**
 * A Go text/template.
 * Source: golang/go src/text/template.
 * Differs: no complex numbers; a template nests 200 deep, takes five million steps, makes texts of 16 MiB and prints lists
 * of a million values, where upstream's bounds are larger or those of the machine.
 */
export class GoTemplate {
  readonly #tree: Tree;

  constructor(readonly set: TemplateSet, tree: Tree) {
    this.#tree = tree;
  }

  /** Reads a template that stands alone. Errors: GoTemplateError. */
  static parse(name: string, text: string, options?: TemplateOptions): GoTemplate {
    return new TemplateSet(options).parse(name, text);
  }

  /** Errors: GoTemplateError. */
  execute(data: unknown): string {
    return this.set.executeTree(this.#tree, data);
  }
}
