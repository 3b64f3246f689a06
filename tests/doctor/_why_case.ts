import Ajv from "ajv/dist/2020.js";
import schema from "./why_cases.schema.json" with { type: "json" };

/** A line of a file of cases; see why_cases.schema.json. */
export interface WhyCase extends CaseState {
  name?: string;
  install?: Part[];
  /** After the start state: what is broken, or changed. */
  then?: CaseState;
  ask?: string;
  expect?: Expectation;
}

/** What can be installed, as the lab's Makefile has it. */
export type Part = "metrics-server" | "prometheus-operator" | "prometheus-adapter" | "keda";

/** What is brought about, and how long is waited then. */
export interface CaseState {
  /** Chart values by part, as YAML or as an object; over the lab's own. */
  values?: Partial<Record<Part, string | Record<string, unknown>>>;
  /** The adapter's rules: `rules.custom` and `rules.external` of its chart. */
  rules?: unknown[];
  externalRules?: unknown[];
  /** What `kubectl apply` takes: objects, or a text of several. */
  objects?: string | Record<string, unknown>[];
  /** Lines for the lab's shell. */
  lines?: string[];
  /** Minutes of lab time. */
  minutes?: number;
}

/** What has to be named. What is left out is not compared. */
export interface Expectation {
  verdict?: "whole" | "broken" | "waiting" | "unknown";
  /** The hop and the cause that come first; null for none. */
  hop?: string | null;
  cause?: string | null;
  /** A regular expression for the sentence. */
  told?: string;
  /** A regular expression for its remedy: the command, the lines to change and what is told with them, a line each. */
  remedy?: string;
  /** Every hop that is broken, in order. */
  broken?: string[];
  desiredReplicas?: number;
}

/** A line that is no case, with what is wrong with it. */
export class CaseError extends Error {
  override name = "CaseError";
}

const validate = new (Ajv as any)({ strict: false }).compile(schema);

/** The cases of a file, by line. Errors: CaseError. */
export function readCases(file: string, text: string): { line: number; given: WhyCase }[] {
  return text.split("\n").flatMap((row, at) => {
    const source = row.trim();
    if (source === "" || source.startsWith("#") || source.startsWith("//")) return [];
    const line = at + 1;
    let given: unknown;
    try {
      given = JSON.parse(source);
    } catch (error) {
      throw new CaseError(`${file}:${line}: is no JSON: ${(error as Error).message}`);
    }
    if (!validate(given)) {
      const [{ instancePath, message, params }] = validate.errors!;
      const which = "additionalProperty" in params ? ` (${params.additionalProperty})` : "";
      throw new CaseError(`${file}:${line}: ${instancePath || "the case"} ${message}${which}`);
    }
    return [{ line, given: given as WhyCase }];
  });
}
