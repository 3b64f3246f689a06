import {
  Environment,
  EvaluationError,
  Optional,
  ParseError,
  TypeError as CelTypeError,
} from "@marcbachmann/cel-js";
import { CostExceeded, withinCost } from "./cost.ts";
import { addLibraries } from "./libraries.ts";
import { celSource } from "./source.ts";

/** What keeps an expression from being read, or from coming to an end, in one line. */
export class CelProblem extends Error {
  override name = "CelProblem";
}

/** An expression that has been read. */
export interface Expression {
  /** Its value for the values of its variables. Errors: CelProblem. */
  evaluate(values: Record<string, unknown>): unknown;
}

/** The names that expressions about a change know. */
export const REVIEW_VARIABLES = ["object", "oldObject", "request", "params", "namespaceObject"];

const LIMITS = { maxAstNodes: 10_000, maxDepth: 250 };
const environments = new Map<string, Environment>();
const compiled = new Map<string, Expression>();
const MAX_COMPILED = 1_000;

/**
 * Reads an expression of Kubernetes' CEL, whose variables may be anything.
 * Errors: CelProblem, also for what Kubernetes' libraries have and these do not.
 * Source: kubernetes/apiserver pkg/cel/environment/base.go.
 * Differs: nothing is known of types before it is evaluated; IP addresses, CIDRs, semantic versions, named formats,
 * sets, the authorizer and comprehensions of two variables are refused when the expression is read.
 */
export function compile(source: string, variables: readonly string[]): Expression {
  const key = `${variables.join()} ${source}`;
  let found = compiled.get(key);
  if (!found) {
    found = read(source, variables);
    if (compiled.size >= MAX_COMPILED) compiled.clear();
    compiled.set(key, found);
  }
  return found;
}

function read(source: string, variables: readonly string[]): Expression {
  try {
    const environment = environmentOf(variables);
    const text = celSource(source);
    const checked = environment.check(text);
    if (!checked.valid) throw checked.error;
    const run = environment.parse(text);
    return {
      evaluate(values) {
        try {
          return withinCost(() => run(values));
        } catch (error) {
          throw problemOf(error);
        }
      },
    };
  } catch (error) {
    throw problemOf(error);
  }
}

function environmentOf(variables: readonly string[]): Environment {
  const key = variables.join();
  let found = environments.get(key);
  if (!found) {
    found = new Environment({
      enableOptionalTypes: true,
      homogeneousAggregateLiterals: false,
      limits: LIMITS,
    });
    addLibraries(found);
    for (const name of variables) found.registerVariable(name, "dyn");
    environments.set(key, found);
  }
  return found;
}

function problemOf(error: unknown): Error {
  const known = error instanceof EvaluationError || error instanceof ParseError ||
    error instanceof CelTypeError || error instanceof CelProblem ||
    error instanceof CostExceeded ||
    // What a function of the libraries is given may be wrong.
    error instanceof SyntaxError || error instanceof RangeError || error instanceof TypeError;
  if (!known) return error as Error;
  const [line] = (error as Error).message.split("\n");
  return new CelProblem(line.replace(/^No such key/, "no such key"));
}

/**
 * What an expression for a message gives: a line that is not blank; undefined where there is none, or it comes to
 * anything else. Source: kubernetes/apiserver pkg/admission/plugin/policy/validating/validator.go.
 */
export function messageFrom(
  expression: string | undefined,
  values: Record<string, unknown>,
): string | undefined {
  if (!expression) return undefined;
  try {
    const text = compile(expression, Object.keys(values)).evaluate(values);
    const isLine = typeof text === "string" && text.trim() !== "" && !text.includes("\n");
    return isLine ? text.trim() : undefined;
  } catch (error) {
    if (!(error instanceof CelProblem)) throw error;
    return undefined;
  }
}

/** An optional of CEL: of a value, or of none. */
export function optionalOf(value: unknown): unknown {
  return value === undefined ? Optional.none() : Optional.of(value);
}

/** JSON as CEL has it: numbers without a fraction are integers. */
export function celValue(value: unknown): unknown {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (value === null || value === undefined || typeof value !== "object") return value ?? null;
  if (Array.isArray(value)) return value.map(celValue);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, celValue(item)]));
}
