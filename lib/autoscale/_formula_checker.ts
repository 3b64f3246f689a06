import { type FormulaNode, PREDICATES } from "./_formula_parser.ts";
import { FormulaError } from "./_formula_tokens.ts";

/** What a part of a formula gives, as far as is known before it is worked out. */
export type FormulaType =
  | "float64"
  | "int"
  | "bool"
  | "string"
  | "nil"
  | "unknown"
  | { elements: FormulaType };

const ANY_LIST: FormulaType = { elements: "unknown" };

const isNumber = (type: FormulaType) => type === "float64" || type === "int";
const isList = (type: FormulaType): type is { elements: FormulaType } => typeof type === "object";
const isOpen = (type: FormulaType) => type === "unknown";

/** How an error names a type. */
function nameOf(type: FormulaType): string {
  if (isList(type)) return "[]interface {}";
  return type === "nil" ? "unknown" : type;
}

function assignable(from: FormulaType, to: FormulaType): boolean {
  if (isList(from)) return isList(to);
  return from === to;
}

function comparable(left: FormulaType, right: FormulaType): boolean {
  if (isOpen(left) || isOpen(right) || left === "nil" || right === "nil") return true;
  if (isNumber(left)) return isNumber(right);
  return isList(left) ? isList(right) : left === right;
}

/** Either side open and the other one of `types`. */
function maybe(left: FormulaType, right: FormulaType, types: readonly FormulaType[]): boolean {
  const fits = (type: FormulaType) => isOpen(type) || types.includes(type);
  return (isOpen(left) && fits(right)) || (isOpen(right) && fits(left));
}

/**
 * The type of a formula whose names are numbers.
 * Errors: FormulaError for a name that nobody gives and for types that do not fit.
 * Source: expr-lang/expr checker/checker.go, builtin/builtin.go (v1.17).
 */
export function checkFormula(
  node: FormulaNode,
  names: ReadonlySet<string>,
  source: string,
): FormulaType {
  return new Checker(names, source).visit(node);
}

class Checker {
  readonly #variables: { name: string; type: FormulaType }[] = [];
  readonly #scopes: { collection: FormulaType; names: Record<string, FormulaType> }[] = [];

  constructor(private readonly names: ReadonlySet<string>, private readonly source: string) {}

  visit(node: FormulaNode): FormulaType {
    switch (node.kind) {
      case "nil":
        return "nil";
      case "number":
        return typeof node.value === "bigint" ? "int" : "float64";
      case "bool":
        return "bool";
      case "string":
        return "string";
      case "name":
        return this.#name(node);
      case "pointer":
        return this.#pointer(node);
      case "unary":
        return this.#unary(node);
      case "binary":
        return this.#binary(node);
      case "conditional":
        return this.#conditional(node);
      case "let":
        return this.#let(node);
      case "sequence":
        return node.nodes.map((one) => this.visit(one)).at(-1)!;
      case "array":
        return this.#array(node);
      case "member":
        return this.#member(node);
      case "slice":
        return this.#slice(node);
      case "call":
        return this.#call(node);
      case "predicate":
        return this.visit(node.body);
    }
  }

  #error({ at }: { at: number }, message: string): FormulaError {
    return new FormulaError(message, at, this.source);
  }

  #name(node: FormulaNode & { kind: "name" }): FormulaType {
    const variable = this.#variables.findLast(({ name }) => name === node.name);
    if (variable) return variable.type;
    if (this.names.has(node.name)) return "float64";
    throw this.#error(node, `unknown name ${node.name}`);
  }

  #pointer(node: FormulaNode & { kind: "pointer" }): FormulaType {
    const scope = this.#scopes.at(-1)!;
    if (node.name === "") return isList(scope.collection) ? scope.collection.elements : "unknown";
    if (Object.hasOwn(scope.names, node.name)) return scope.names[node.name];
    throw this.#error(node, `unknown pointer #${node.name}`);
  }

  #unary(node: FormulaNode & { kind: "unary" }): FormulaType {
    const type = this.visit(node.of);
    const isNot = node.operator === "!" || node.operator === "not";
    if (isNot && (type === "bool" || isOpen(type))) return "bool";
    if (!isNot && (isNumber(type) || isOpen(type))) return type;
    throw this.#error(
      node,
      `invalid operation: ${node.operator} (mismatched type ${nameOf(type)})`,
    );
  }

  #binary(node: FormulaNode & { kind: "binary" }): FormulaType {
    const left = this.visit(node.left);
    const right = this.visit(node.right);
    const both = (test: (type: FormulaType) => boolean) => test(left) && test(right);
    switch (node.operator) {
      case "==":
      case "!=":
        if (comparable(left, right)) return "bool";
        break;
      case "or":
      case "||":
      case "and":
      case "&&":
        if (both((type) => type === "bool") || maybe(left, right, ["bool"])) return "bool";
        break;
      case "<":
      case ">":
      case ">=":
      case "<=":
        if (both(isNumber) || both((type) => type === "string")) return "bool";
        if (maybe(left, right, ["float64", "int", "string"])) return "bool";
        break;
      case "+":
        if (both((type) => type === "string")) return "string";
        if (both(isNumber)) return promoted(left, right);
        if (maybe(left, right, ["float64", "int", "string"])) return "unknown";
        break;
      case "-":
      case "*":
        if (both(isNumber)) return promoted(left, right);
        if (maybe(left, right, ["float64", "int"])) return "unknown";
        break;
      case "/":
      case "**":
      case "^":
        if (both(isNumber) || maybe(left, right, ["float64", "int"])) return "float64";
        break;
      case "%":
        if (both((type) => type === "int")) {
          if (node.right.kind === "number" && node.right.value === 0n) {
            throw this.#error(node, "integer divide by zero");
          }
          return "int";
        }
        if (maybe(left, right, ["int"])) return "int";
        break;
      case "..":
        if (both((type) => type === "int") || maybe(left, right, ["int"])) {
          return { elements: "int" };
        }
        break;
      case "in":
        if (isList(right)) {
          if (comparable(left, right.elements)) return "bool";
          throw this.#error(
            node,
            `cannot use ${nameOf(left)} as type ${nameOf(right.elements)} in array`,
          );
        }
        if (isOpen(right) || (isOpen(left) && right === "string")) return "bool";
        break;
      case "??":
        if (left === "nil") return right;
        if (right === "nil") return left;
        return assignable(right, left) ? left : "unknown";
    }
    throw this.#error(
      node,
      `invalid operation: ${node.operator} (mismatched types ${nameOf(left)} and ${nameOf(right)})`,
    );
  }

  #conditional(node: FormulaNode & { kind: "conditional" }): FormulaType {
    const condition = this.visit(node.condition);
    if (condition !== "bool" && !isOpen(condition)) {
      throw this.#error(
        node.condition,
        `non-bool expression (type ${nameOf(condition)}) used as condition`,
      );
    }
    const then = this.visit(node.then);
    const other = this.visit(node.else);
    if (then === "nil") return other;
    if (other === "nil" || assignable(then, other)) return then;
    return "unknown";
  }

  #let(node: FormulaNode & { kind: "let" }): FormulaType {
    const { name } = node;
    if (this.names.has(name)) throw this.#error(node, `cannot redeclare ${name}`);
    if (Object.hasOwn(PREDICATES, name) || FUNCTIONS.has(name)) {
      throw this.#error(node, `cannot redeclare builtin ${name}`);
    }
    if (this.#variables.some((variable) => variable.name === name)) {
      throw this.#error(node, `cannot redeclare variable ${name}`);
    }
    this.#variables.push({ name, type: this.visit(node.value) });
    const type = this.visit(node.body);
    this.#variables.pop();
    return type;
  }

  #array({ nodes }: FormulaNode & { kind: "array" }): FormulaType {
    const types = nodes.map((one) => this.visit(one));
    const isSame = types.every((type) => nameOf(type) === nameOf(types[0]));
    return isSame && types.length > 0 ? { elements: types[0] } : ANY_LIST;
  }

  #member(node: FormulaNode & { kind: "member" }): FormulaType {
    const of = this.visit(node.of);
    const property = this.visit(node.property);
    if (isOpen(of)) return "unknown";
    if (node.property.kind === "string") {
      const type = of === "nil" ? "nil" : nameOf(of);
      throw this.#error(node, `type ${type} has no field ${node.property.value}`);
    }
    if (!isList(of)) {
      throw this.#error(node, `type ${nameOf(of)}[${nameOf(property)}] is undefined`);
    }
    if (property !== "int" && !isOpen(property)) {
      throw this.#error(
        node.property,
        `array elements can only be selected using an integer (got ${nameOf(property)})`,
      );
    }
    return of.elements;
  }

  #slice(node: FormulaNode & { kind: "slice" }): FormulaType {
    const of = this.visit(node.of);
    if (!isList(of) && !isOpen(of)) throw this.#error(node, `cannot slice ${nameOf(of)}`);
    for (const bound of [node.from, node.to]) {
      if (!bound) continue;
      const type = this.visit(bound);
      if (type !== "int" && !isOpen(type)) {
        throw this.#error(bound, `non-integer slice index ${nameOf(type)}`);
      }
    }
    return of;
  }

  #call(node: FormulaNode & { kind: "call" }): FormulaType {
    if (Object.hasOwn(PREDICATES, node.name)) return this.#withPredicate(node);
    const check = FUNCTIONS.get(node.name);
    if (!check) throw this.#error(node, `unknown name ${node.name}`);
    const answer = check(node.args.map((arg) => this.visit(arg)), node.name);
    if (typeof answer === "object" && "problem" in answer) throw this.#error(node, answer.problem);
    return answer;
  }

  #withPredicate(node: FormulaNode & { kind: "call" }): FormulaType {
    const [list, predicate, initial] = node.args;
    const collection = this.visit(list);
    if (!isList(collection) && !isOpen(collection)) {
      throw this.#error(list, `builtin ${node.name} takes only array (got ${nameOf(collection)})`);
    }
    const element = isList(collection) ? collection.elements : "unknown";
    let given: FormulaType = element;
    if (predicate) {
      const names: Record<string, FormulaType> = node.name === "reduce"
        ? { index: "int", acc: "unknown" }
        : node.name === "map"
        ? { index: "int" }
        : {};
      this.#scopes.push({ collection, names });
      given = this.visit(predicate);
      this.#scopes.pop();
    }
    if (initial) this.visit(initial);
    switch (node.name) {
      case "map":
        return { elements: given };
      case "sum":
      case "reduce":
        return given;
    }
    if (predicate && given !== "bool" && !isOpen(given)) {
      throw this.#error(predicate, `predicate should return boolean (got ${nameOf(given)})`);
    }
    if (node.name === "filter") return { elements: element };
    if (node.name === "find" || node.name === "findLast") return element;
    return ["all", "none", "any", "one"].includes(node.name) ? "bool" : "int";
  }
}

function promoted(left: FormulaType, right: FormulaType): FormulaType {
  return left === "int" && right === "int" ? "int" : "float64";
}

type Check = (args: readonly FormulaType[], name: string) => FormulaType | { problem: string };

function single(fits: (type: FormulaType) => boolean, give: (type: FormulaType) => FormulaType) {
  const check: Check = (args, name) => {
    if (args.length !== 1) {
      return { problem: `invalid number of arguments (expected 1, got ${args.length})` };
    }
    if (fits(args[0]) || isOpen(args[0])) return give(args[0]);
    const type = args[0] === "nil" ? "%!s(<nil>)" : nameOf(args[0]);
    return { problem: `invalid argument for ${name} (type ${type})` };
  };
  return check;
}

const aggregate: Check = (args, name) => {
  if (args.length === 0) return { problem: `not enough arguments to call ${name}` };
  for (const arg of args) {
    if (isOpen(arg) || isList(arg)) return "unknown";
    if (!isNumber(arg)) return { problem: `invalid argument for ${name} (type ${nameOf(arg)})` };
  }
  return args[0];
};

const ofList = single(isList, (type) => isList(type) ? type.elements : "unknown");
const isConvertible = (type: FormulaType) => isNumber(type) || type === "string";

/** Functions without a predicate, and what they take and give. */
const FUNCTIONS = new Map<string, Check>([
  ["len", single((type) => isList(type) || type === "string", () => "int")],
  ["abs", single(isNumber, (type) => type)],
  ["ceil", single(isNumber, () => "float64")],
  ["floor", single(isNumber, () => "float64")],
  ["round", single(isNumber, () => "float64")],
  ["int", single(isConvertible, () => "int")],
  ["float", single(isConvertible, () => "float64")],
  ["first", ofList],
  ["last", ofList],
  ["max", aggregate],
  ["min", aggregate],
  ["mean", aggregate],
  ["median", aggregate],
]);
