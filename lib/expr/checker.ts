import { compileGoRegexp, RegexpSyntaxError } from "../go/mod.ts";
import { type ExprNode, PREDICATES } from "./parser.ts";
import { FUNCTION_NAMES, SIGNATURES } from "./signatures.ts";
import { DURATION, TIME } from "./time_types.ts";
import { ExprError } from "./tokens.ts";
import {
  ANY,
  BOOL,
  BYTES,
  type ExprType,
  FLOAT,
  GROUPS,
  INT,
  isAssignable,
  isComparable,
  isDuration,
  isFloat,
  isInteger,
  isList,
  isNumber,
  isTime,
  isUnknown,
  LIST,
  listOf,
  MAP,
  maybeFits,
  NIL,
  type Signature,
  STRING,
  UNKNOWN,
} from "./types.ts";
import { operate } from "./values.ts";

/**
 * The type of an expression whose names are numbers.
 * Errors: ExprError for a name that nobody gives and for types that do not fit.
 * Source: expr-lang/expr checker/checker.go (v1.17).
 */
export function checkExpr(
  node: ExprNode,
  names: ReadonlySet<string>,
  source: string,
): ExprType {
  const checker = new Checker(names, source);
  const type = checker.visit(node);
  if (checker.folded) throw checker.folded;
  return type;
}

const isText = ({ kind }: ExprType) => kind === "string";
const isTruth = ({ kind }: ExprType) => kind === "bool";

class Checker {
  readonly #variables: { name: string; type: ExprType }[] = [];
  readonly #scopes: { collection: ExprType; names: Record<string, ExprType> }[] = [];

  /** What is found only when constants are worked out, once all types fit. */
  folded?: ExprError;

  constructor(private readonly names: ReadonlySet<string>, private readonly source: string) {}

  visit(node: ExprNode): ExprType {
    switch (node.kind) {
      case "nil":
        return NIL;
      case "number":
        return typeof node.value === "bigint" ? INT : FLOAT;
      case "bool":
        return BOOL;
      case "string":
        return STRING;
      case "bytes":
        return BYTES;
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
      case "map":
        for (const { key, value } of node.pairs) {
          this.visit(key);
          this.visit(value);
        }
        return MAP;
      case "member":
        return this.#member(node);
      case "chain":
        return this.visit(node.of);
      case "slice":
        return this.#slice(node);
      case "builtin":
        return this.#builtin(node);
      case "call":
        return this.#call(node);
      case "predicate":
        return this.visit(node.body);
    }
  }

  #error({ at }: { at: number }, message: string): ExprError {
    return new ExprError(message, at, this.source);
  }

  #name(node: ExprNode & { kind: "name" }): ExprType {
    const variable = this.#variables.findLast(({ name }) => name === node.name);
    if (variable) return variable.type;
    if (node.name === "$env") return UNKNOWN;
    if (this.names.has(node.name)) return FLOAT;
    // A function that is named and not called.
    if (FUNCTION_NAMES.has(node.name)) return { kind: "func", name: functionName(node.name) };
    if (Object.hasOwn(PREDICATES, node.name)) {
      return { kind: "func", name: predicateName(node.name) };
    }
    throw this.#error(node, `unknown name ${node.name}`);
  }

  #pointer(node: ExprNode & { kind: "pointer" }): ExprType {
    const scope = this.#scopes.at(-1)!;
    if (node.name === "") return scope.collection.element ?? UNKNOWN;
    if (Object.hasOwn(scope.names, node.name)) return scope.names[node.name];
    throw this.#error(node, `unknown pointer #${node.name}`);
  }

  #unary(node: ExprNode & { kind: "unary" }): ExprType {
    const type = this.visit(node.of);
    const isNot = node.operator === "!" || node.operator === "not";
    if (isNot && (isTruth(type) || isUnknown(type))) return BOOL;
    if (!isNot && isNumber(type)) return type;
    if (!isNot && isUnknown(type)) return UNKNOWN;
    throw this.#error(
      node,
      `invalid operation: ${node.operator} (mismatched type ${type.name})`,
    );
  }

  #binary(node: ExprNode & { kind: "binary" }): ExprType {
    const left = this.visit(node.left);
    const right = this.visit(node.right);
    const type = this.#combined(node, left, right);
    if (type) return type;
    throw this.#error(
      node,
      `invalid operation: ${node.operator} (mismatched types ${left.name} and ${right.name})`,
    );
  }

  /** What the operator makes of both sides; undefined where they do not fit. */
  #combined(
    node: ExprNode & { kind: "binary" },
    left: ExprType,
    right: ExprType,
  ): ExprType | undefined {
    const both = (test: (type: ExprType) => boolean) => test(left) && test(right);
    const maybe = (...fits: ((type: ExprType) => boolean)[]) => maybeFits(left, right, ...fits);
    switch (node.operator) {
      case "==":
      case "!=":
        return isComparable(left, right) ? BOOL : undefined;
      case "or":
      case "||":
      case "and":
      case "&&":
        return both(isTruth) || maybe(isTruth) ? BOOL : undefined;
      case "<":
      case ">":
      case ">=":
      case "<=":
        if ([isNumber, isText, isTime, isDuration].some(both)) return BOOL;
        return maybe(isNumber, isText, isTime, isDuration) ? BOOL : undefined;
      case "+":
        if (both(isNumber)) return promoted(left, right);
        if (both(isText)) return STRING;
        if (both(isDuration)) return DURATION;
        if ((isTime(left) && isDuration(right)) || (isDuration(left) && isTime(right))) return TIME;
        return maybe(isNumber, isText, isTime, isDuration) ? UNKNOWN : undefined;
      case "-":
        if (both(isNumber)) return promoted(left, right);
        if (both(isTime) || both(isDuration)) return DURATION;
        if (isTime(left) && isDuration(right)) return TIME;
        return maybe(isNumber, isTime, isDuration) ? UNKNOWN : undefined;
      case "*":
        if (both(isNumber)) return promoted(left, right);
        if (both((type) => isNumber(type) || isDuration(type))) return DURATION;
        return maybe(isNumber, isDuration) ? UNKNOWN : undefined;
      case "/":
      case "**":
      case "^":
        return both(isNumber) || maybe(isNumber) ? FLOAT : undefined;
      case "%":
        if (constant(node.right) === 0n && constant(node.left) !== undefined) {
          this.folded ??= this.#error(node, "integer divide by zero");
        }
        return both(isInteger) || maybe(isInteger) ? INT : undefined;
      case "..":
        return both(isInteger) || maybe(isInteger) ? listOf(INT) : undefined;
      case "in":
        return this.#in(node, left, right);
      case "matches":
        if (node.right.kind === "string") this.#pattern(node, node.right.value);
        if ((isText(left) || left === BYTES) && isText(right)) return BOOL;
        return maybe(isText) ? BOOL : undefined;
      case "contains":
      case "startsWith":
      case "endsWith":
        return both(isText) || maybe(isText) ? BOOL : undefined;
      case "??":
        if (left === NIL) return right;
        if (right === NIL) return left;
        return isAssignable(right, left) ? left : UNKNOWN;
    }
    return undefined;
  }

  #pattern(node: ExprNode, pattern: string): void {
    try {
      compileGoRegexp(pattern);
    } catch (error) {
      if (!(error instanceof RegexpSyntaxError)) throw error;
      throw this.#error(node, error.message);
    }
  }

  #in(node: ExprNode, left: ExprType, right: ExprType): ExprType | undefined {
    if ((isText(left) || isUnknown(left)) && right.kind === "struct") return BOOL;
    if (right.kind === "map") {
      if (isUnknown(left) || isAssignable(left, right.key!)) return BOOL;
      throw this.#error(node, `cannot use ${left.name} as type ${right.key!.name} in map key`);
    }
    if (isList(right)) {
      const element = right.element!;
      if (isComparable(left, element)) return BOOL;
      throw this.#error(node, `cannot use ${left.name} as type ${element.name} in array`);
    }
    return isUnknown(right) || (isUnknown(left) && isText(right)) ? BOOL : undefined;
  }

  #conditional(node: ExprNode & { kind: "conditional" }): ExprType {
    const condition = this.visit(node.condition);
    if (!isTruth(condition) && !isUnknown(condition)) {
      throw this.#error(
        node.condition,
        `non-bool expression (type ${condition.name}) used as condition`,
      );
    }
    const then = this.visit(node.then);
    const other = this.visit(node.else);
    if (then === NIL) return other;
    if (other === NIL) return then;
    if (!isAssignable(then, other)) return UNKNOWN;
    if (!isList(then) || !isList(other)) return then;
    const [a, b] = [then.element!, other.element!];
    return isAssignable(a, b) && isAssignable(b, a) ? then : LIST;
  }

  #let(node: ExprNode & { kind: "let" }): ExprType {
    const { name } = node;
    if (this.names.has(name)) throw this.#error(node, `cannot redeclare ${name}`);
    if (Object.hasOwn(PREDICATES, name) || FUNCTION_NAMES.has(name)) {
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

  #array({ nodes }: ExprNode & { kind: "array" }): ExprType {
    const types = nodes.map((one) => this.visit(one));
    const isSame = types.every((type, i) => i === 0 || type.kind === types[i - 1].kind);
    return isSame ? listOf(types.at(-1) ?? UNKNOWN) : LIST;
  }

  #member(node: ExprNode & { kind: "member" }): ExprType {
    const { property } = node;
    if (node.of.kind === "name" && node.of.name === "$env") {
      if (property.kind !== "string" || node.optional) return UNKNOWN;
      if (this.names.has(property.value)) return FLOAT;
      throw this.#error(node, `unknown name ${property.value}`);
    }
    const of = this.visit(node.of);
    const by = this.visit(property);
    if (isUnknown(of)) return UNKNOWN;
    const name = property.kind === "string" ? property.value : undefined;
    if (name !== undefined) {
      if (of === NIL) throw this.#error(node, `type nil has no field ${name}`);
      const methods = of.methods?.();
      if (methods && Object.hasOwn(methods, name)) {
        return {
          kind: "func",
          name: `func() ${methods[name].gives[0].name}`,
          signature: methods[name],
        };
      }
    }
    if (of.kind === "map") {
      if (isAssignable(by, of.key!) || isUnknown(by)) return of.element!;
      throw this.#error(property, `cannot use ${by.name} to get an element from ${of.name}`);
    }
    if (isList(of)) {
      if (isInteger(by) || isUnknown(by)) return of.element!;
      throw this.#error(
        property,
        `array elements can only be selected using an integer (got ${by.name})`,
      );
    }
    throw this.#error(
      node,
      name === undefined
        ? `type ${of.name}[${by.name}] is undefined`
        : `type ${of.name} has no ${node.isMethod ? "method" : "field"} ${name}`,
    );
  }

  #slice(node: ExprNode & { kind: "slice" }): ExprType {
    const of = this.visit(node.of);
    if (isUnknown(of)) return UNKNOWN;
    if (!isList(of) && !isText(of)) throw this.#error(node, `cannot slice ${of.name}`);
    for (const bound of [node.from, node.to]) {
      if (!bound) continue;
      const type = this.visit(bound);
      if (!isInteger(type) && !isUnknown(type)) {
        throw this.#error(bound, `non-integer slice index ${type.name}`);
      }
    }
    return of;
  }

  #call(node: ExprNode & { kind: "call" }): ExprType {
    const { callee } = node;
    if (callee.kind === "name" && callee.name === "$env") {
      throw this.#error(node, "map[string]float64 is not callable");
    }
    const type = this.visit(callee);
    if (isUnknown(type)) return UNKNOWN;
    const name = callee.kind === "name"
      ? callee.name
      : callee.kind === "member" && callee.property.kind === "string"
      ? callee.property.value
      : "function";
    if (type === NIL) throw this.#error(node, `${name} is nil; cannot call nil as function`);
    if (!type.signature) throw this.#error(node, `${type.name} is not callable`);
    if (type.signature.gives.length > 2) {
      throw this.#error(node, `func ${name} returns more then two values`);
    }
    const answer = this.#fit(name, type.signature, node);
    if (answer instanceof ExprError) throw answer;
    return answer;
  }

  #builtin(node: ExprNode & { kind: "builtin" }): ExprType {
    if (Object.hasOwn(PREDICATES, node.name)) return this.#withPredicate(node);
    if (node.name === "get") return this.#get(node);
    const type = SIGNATURES.get(node.name)!;
    if ("check" in type) {
      const answer = type.check(
        node.args.map((arg) => {
          const given = this.visit(arg);
          return isUnknown(given) ? ANY : given;
        }),
      );
      if ("problem" in answer) throw this.#error(node, answer.problem);
      return answer;
    }
    let refusal: ExprError | undefined;
    for (const signature of type.overloads) {
      const answer = this.#fit(node.name, signature, node);
      if (!(answer instanceof ExprError)) return answer;
      refusal = answer;
    }
    throw refusal!;
  }

  /** What a call gives, or why its arguments do not fit. Source: checker.checkArguments. */
  #fit(
    name: string,
    { takes, gives }: Signature,
    node: ExprNode & { args: ExprNode[] },
  ): ExprType | ExprError {
    if (node.args.length !== takes.length) {
      for (const arg of node.args) this.visit(arg);
      const amount = node.args.length > takes.length ? "too many" : "not enough";
      return this.#error(node, `${amount} arguments to call ${name}`);
    }
    for (const [i, arg] of node.args.entries()) {
      const given = this.visit(arg);
      const wanted = takes[i];
      if (isInteger(given) && (isFloat(wanted) || isInteger(wanted))) continue;
      if (given === NIL) {
        if (wanted.kind === "ptr" || wanted.kind === "interface") continue;
        return this.#error(
          arg,
          `cannot use nil as argument (type ${wanted.name}) to call ${name}`,
        );
      }
      if (!isAssignable(given, wanted) && !isUnknown(given)) {
        return this.#error(
          arg,
          `cannot use ${given.name} as argument (type ${wanted.name}) to call ${name} `,
        );
      }
    }
    return gives[0];
  }

  #get(node: ExprNode & { kind: "builtin" }): ExprType {
    if (node.args.length !== 2) {
      throw this.#error(
        node,
        `invalid number of arguments (expected 2, got ${node.args.length})`,
      );
    }
    const [from, by] = node.args;
    const base = this.visit(from);
    const index = this.visit(by);
    if (from.kind === "name" && from.name === "$env") {
      return by.kind === "string" && this.names.has(by.value) ? FLOAT : UNKNOWN;
    }
    if (isUnknown(base)) return UNKNOWN;
    if (isList(base)) {
      if (isInteger(index) || isUnknown(index)) return base.element!;
      throw this.#error(by, `non-integer slice index ${index.name}`);
    }
    if (base.kind === "map") {
      if (isAssignable(index, base.key!) || isUnknown(index)) return base.element!;
      throw this.#error(by, `cannot use ${index.name} to get an element from ${base.name}`);
    }
    throw this.#error(from, `type ${base.name} does not support indexing`);
  }

  #withPredicate(node: ExprNode & { kind: "builtin" }): ExprType {
    const { name } = node;
    const [list, predicate, last] = node.args;
    const collection = this.visit(list);
    if (!isList(collection) && !isUnknown(collection)) {
      throw this.#error(list, `builtin ${name} takes only array (got ${collection.name})`);
    }
    const element = collection.element ?? UNKNOWN;
    const elements = isUnknown(collection) ? LIST : listOf(element);
    let given = element;
    if (predicate) {
      const names: Record<string, ExprType> = name === "reduce"
        ? { index: INT, acc: UNKNOWN }
        : name === "map"
        ? { index: INT }
        : {};
      this.#scopes.push({ collection, names });
      given = this.visit(predicate);
      this.#scopes.pop();
      const problem = this.#order(name, last);
      if (problem) throw problem;
      // A function that gives nil gives nothing, in Go's eyes.
      if (given === NIL) {
        if (name === "sum") {
          throw this.#error(
            predicate,
            "cannot use func(interface {}) as argument (type func(interface {}) bool) to call sum ",
          );
        }
        const inputs = name === "reduce" ? "two input" : "one input";
        throw this.#error(predicate, `predicate should has ${inputs} and one output param`);
      }
    }
    switch (name) {
      case "map":
        return listOf(given);
      case "sum":
        return isUnknown(given) && predicate ? ANY : given;
      case "reduce":
        return given;
      case "groupBy":
        return { ...GROUPS };
      case "sortBy":
        return collection;
    }
    if (predicate && !isTruth(given) && !isUnknown(given)) {
      throw this.#error(predicate, `predicate should return boolean (got ${given.name})`);
    }
    if (name === "filter") return elements;
    if (name === "find" || name === "findLast") return element;
    return ["all", "none", "any", "one"].includes(name) ? BOOL : INT;
  }

  /** The third argument of a function with a predicate: what to begin with, or the order. */
  #order(name: string, last: ExprNode | undefined): ExprError | undefined {
    if (!last) return undefined;
    const type = this.visit(last);
    if (name !== "sortBy" || isText(type) || isUnknown(type)) return undefined;
    return this.#error(last, `sortBy order argument must be a string (got ${type.name})`);
  }
}

/** How Go prints the type of a function of the language. */
function functionName(name: string): string {
  const type = SIGNATURES.get(name);
  if (!type || "check" in type) return "func(...interface {}) (interface {}, error)";
  const [{ takes, gives }] = type.overloads;
  return `func(${takes.map((one) => one.name).join(", ")}) ${gives[0].name}`;
}

/** Likewise of one with a predicate. Source: expr-lang/expr builtin/builtin.go (Builtins). */
function predicateName(name: string): string {
  const any = "interface {}";
  if (name === "reduce") return `func([]${any}, func(${any}, ${any}) ${any}, ${any}) ${any}`;
  const given = name === "map" || name === "groupBy" ? any : "bool";
  const order = name === "sortBy" ? ", string" : "";
  const result = /^(all|none|any|one)$/.test(name)
    ? "bool"
    : /Index$|^(count|sum)$/.test(name)
    ? "int"
    : /^find/.test(name)
    ? any
    : name === "groupBy"
    ? `map[${any}][]${any}`
    : `[]${any}`;
  return `func([]${any}, func(${any}) ${given}${order}) ${result}`;
}

function promoted(left: ExprType, right: ExprType): ExprType {
  return isFloat(left) || isFloat(right) ? FLOAT : INT;
}

/** A whole number that is known before anything runs. Source: expr-lang/expr optimizer/fold.go. */
function constant(node: ExprNode): bigint | undefined {
  if (node.kind === "number") return typeof node.value === "bigint" ? node.value : undefined;
  if (node.kind === "unary") {
    const value = constant(node.of);
    return value !== undefined && node.operator === "-" ? -value : value;
  }
  if (node.kind !== "binary" || !["+", "-", "*", "%"].includes(node.operator)) return undefined;
  const [left, right] = [constant(node.left), constant(node.right)];
  if (left === undefined || right === undefined) return undefined;
  return operate(node.operator, left, right) as bigint;
}
